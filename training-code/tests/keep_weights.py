"""Run by torchrun in test_distributed.py: train.py, which here keeps the weights of every rank."""

import os
from pathlib import Path
from typing import Any

import torch

import train
from metrics import Metrics
from processes import Process


def main() -> None:
    """Trains as train.py does; then each rank writes rank-N.pt into KEEP_IN."""
    train_epochs = train.train_epochs
    trained = {}

    def train_and_remember(args: Any, process: Process, *, model: Any, **others: Any) -> tuple[Metrics, float]:
        trained[process.rank] = model
        return train_epochs(args, process, model=model, **others)

    train.train_epochs = train_and_remember
    # Several batches for each rank, of the few rows that the test has.
    train.EVALUATION_BATCH_SIZE = 4
    train.main()
    for rank, model in trained.items():
        torch.save(model.state_dict(), Path(os.environ["KEEP_IN"]) / f"rank-{rank}.pt")


if __name__ == "__main__":
    main()
