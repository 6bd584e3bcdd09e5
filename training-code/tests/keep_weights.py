"""Run by torchrun in test_distributed.py: train.py, which here keeps the weights of every rank."""

import os
from pathlib import Path
from typing import Any

import torch

import train
from processes import Process


def main() -> None:
    """Trains as train.py does; each rank writes rank-N.pt into KEEP_IN whenever the model is measured."""
    measure = train.measure

    def keep_then_measure(
        model: torch.nn.Module, split: Any, labels: list[str], process: Process, number_type: torch.dtype | None
    ) -> Any:
        torch.save(model.state_dict(), Path(os.environ["KEEP_IN"]) / f"rank-{process.rank}.pt")
        return measure(model, split, labels, process, number_type)

    train.measure = keep_then_measure
    # Several batches for each rank, of the few rows that the test has.
    train.EVALUATION_BATCH_SIZE = 4
    train.main()


if __name__ == "__main__":
    main()
