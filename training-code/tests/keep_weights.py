"""Run by torchrun in test_distributed.py and test_checkpoint.py: train.py, which here keeps the weights of every rank.

With KILL_AT the second process kills itself in that step, and each step before leaves a checkpoint. With STOP_AT the
first has torchrun stop all of them in that step.
"""

import os
import signal
import time
from pathlib import Path

import torch

import train
import trainer
from termination import Termination


def main() -> None:
    """Trains as train.py does; then each rank writes rank-N.pt into KEEP_IN."""
    trainers: list[trainer.Trainer] = []
    terminations: list[Termination] = []

    class RememberedTermination(Termination):
        def __enter__(self) -> Termination:
            terminations.append(self)
            return super().__enter__()

    class RememberedTrainer(trainer.Trainer):
        def train(self) -> trainer.Trained:
            trainers.append(self)
            return super().train()

        def take_step(self, model: torch.nn.Module, step: int, batch: list[int]) -> torch.Tensor:
            if str(step) == os.environ.get("KILL_AT") and self.process.rank == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            if str(step) == os.environ.get("STOP_AT") and self.process.rank == 0:
                os.kill(os.getppid(), signal.SIGTERM)
                # The steps that are left may take less time than torchrun, which passes the signal on.
                while not terminations[0].requested:
                    time.sleep(0.01)
            return super().take_step(model, step, batch)

    trainer.Termination = RememberedTermination  # type: ignore[attr-defined]
    train.Trainer = RememberedTrainer  # type: ignore[attr-defined]
    # Several batches for each rank, of the few rows that the test has.
    trainer.EVALUATION_BATCH_SIZE = 4
    if "KILL_AT" in os.environ:
        trainer.CHECKPOINT_SECONDS = trainer.CHECKPOINT_SHARE = 0
    train.main()
    for each in trainers:
        torch.save(each.model.state_dict(), Path(os.environ["KEEP_IN"]) / f"rank-{each.process.rank}.pt")


if __name__ == "__main__":
    main()
