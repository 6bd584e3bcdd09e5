"""Run by torchrun in test_distributed.py: train.py, which here keeps the weights of every rank."""

import os
from pathlib import Path

import torch

import train
import trainer


def main() -> None:
    """Trains as train.py does; then each rank writes rank-N.pt into KEEP_IN."""
    trainers: list[trainer.Trainer] = []

    class RememberedTrainer(trainer.Trainer):
        def train(self) -> trainer.Trained:
            trainers.append(self)
            return super().train()

    train.Trainer = RememberedTrainer  # type: ignore[attr-defined]
    # Several batches for each rank, of the few rows that the test has.
    trainer.EVALUATION_BATCH_SIZE = 4
    train.main()
    for each in trainers:
        torch.save(each.model.state_dict(), Path(os.environ["KEEP_IN"]) / f"rank-{each.process.rank}.pt")


if __name__ == "__main__":
    main()
