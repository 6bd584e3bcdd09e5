"""The training itself: epochs of AdamW under a schedule, over all processes together, from the last checkpoint on."""

import itertools
import math
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch.nn.parallel import DistributedDataParallel

from arguments import Arguments
from batches import length_grouped_batches, sorted_batches
from checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from contract import Task
from errors import InputError
from metrics import Metrics, classification_metrics, fitted_task, summed_loss
from processes import Process
from split import Split

EVALUATION_BATCH_SIZE = 64
# Of one batch, for the memory: fewer rows where texts are longer than 512.
EVALUATION_TOKENS = EVALUATION_BATCH_SIZE * 512
# Between two lines of progress, about.
PROGRESS_SECONDS = 10.0


class Trained(NamedTuple):
    """What came of a training: the test split's metrics, the task as fitted, and the last epoch's rows per second."""

    metrics: Metrics
    task: Task
    rows_per_second: float


@dataclass
class Trainer:
    """What trains a model and measures it; create it where the model's parameters are those to train."""

    args: Arguments
    process: Process
    model: Any
    training: Split
    # Fits the temperature and, where a text may have several labels, the thresholds.
    validation: Split
    testing: Split
    task: Task
    # What a checkpoint must be of to be gone on from.
    run: dict[str, Any]
    # Of the learning rate in step 0, 1, ...
    schedule_factor: Callable[[int], float]
    # To compute in; None is fp32.
    dtype: torch.dtype | None

    def __post_init__(self) -> None:
        """The optimizer, and the schedule of its learning rate."""
        self.optimizer = torch.optim.AdamW(
            parameter_groups(self.model, self.args.weight_decay), lr=self.args.learning_rate, fused=True
        )
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, self.schedule_factor)

    def train(self) -> Trained:
        """Trains the epochs that are left, and measures after each."""
        args, process = self.args, self.process
        epochs_done = self.resume()
        log(
            process,
            f"{len(self.training)} rows to train, {len(self.testing)} to test, {len(self.task.labels)} labels; "
            f"{process.world_size} process(es) on {process.device.type}, {self.dtype or torch.float32}",
        )
        parallel = DistributedDataParallel(self.model) if process.world_size > 1 else self.model
        measured = None
        rows_per_second = 0.0
        for epoch in range(epochs_done, args.epochs):
            epoch_started = time.perf_counter()
            train_loss = self.train_epoch(parallel, epoch)
            rows_per_second = len(self.training) / (time.perf_counter() - epoch_started)
            # Only the last metrics judge the model; those before show the way, and need not cost as much.
            is_last = epoch + 1 == args.epochs
            log(process, f"measuring by {len(self.testing)} test rows")
            metrics, _ = measured = self.evaluate(None if is_last else self.dtype)
            log(
                process,
                f"epoch={epoch + 1}/{args.epochs} train_loss={train_loss:.4f} test_loss={metrics['loss']:.4f} "
                f"test_accuracy={metrics['accuracy']:.4f} "
                f"test_matthews_correlation={metrics['matthews_correlation']:.4f} "
                f"test_micro_f1={metrics['micro_f1']:.4f} test_macro_f1={metrics['macro_f1']:.4f} "
                f"rows_per_second={rows_per_second:.0f}",
            )
            self.save(epochs_done=epoch + 1)
        return Trained(*(measured or self.evaluate(None)), rows_per_second)

    def resume(self) -> int:
        """Loads the checkpoint, if there is one, and answers how many epochs are done. Raises InputError."""
        if not self.args.checkpoint_dir:
            return 0
        # Rank 0 reads for all: hosts do not share the folder.
        checkpoint = self.process.share(
            load_checkpoint(Path(self.args.checkpoint_dir), self.run) if self.process.is_first else None
        )
        if not checkpoint:
            return 0
        try:
            self.model.load_state_dict(checkpoint["model"])
            self.optimizer.load_state_dict(checkpoint["optimizer"])
            self.schedule.load_state_dict(checkpoint["schedule"])
        except (KeyError, RuntimeError, ValueError) as error:
            raise InputError(
                f"the checkpoint in {self.args.checkpoint_dir} does not fit this model: it is of another version of "
                "the base model or of this program; delete it to start from the beginning"
            ) from error
        log(self.process, f"resumed after epoch {checkpoint['epochs_done']} from {self.args.checkpoint_dir}")
        return checkpoint["epochs_done"]

    def save(self, epochs_done: int) -> None:
        """Writes the checkpoint, where there is a folder for it."""
        if self.args.checkpoint_dir and self.process.is_first:
            save_checkpoint(
                Path(self.args.checkpoint_dir),
                Checkpoint(
                    run=self.run,
                    epochs_done=epochs_done,
                    model=self.model.state_dict(),
                    optimizer=self.optimizer.state_dict(),
                    schedule=self.schedule.state_dict(),
                ),
            )

    def train_epoch(self, model: torch.nn.Module, epoch: int) -> float:
        """Trains once over the training split and answers the mean loss per row. The first epoch is 0."""
        args, process, training = self.args, self.process, self.training
        batches = length_grouped_batches(training.lengths, args.batch_size, seed=f"{args.seed}/{epoch}")
        # Of its own in each epoch and process: so a resumed run draws as an uninterrupted one, and no two processes do.
        torch.manual_seed(random.Random(f"{args.seed}/{epoch}/{process.rank}").getrandbits(63))
        model.train()
        epoch_loss, recent_loss, recent_rows = 0.0, torch.zeros((), device=process.device), 0

        # Of the first step, which is the slowest, a line comes at once.
        line_due, line_step, line_time = 1, 0, time.monotonic()

        for step, batch in enumerate(batches, start=1):
            # A small last batch may leave a process without rows: it goes along with one row that counts nothing.
            share = batch[process.rank :: process.world_size]
            rows = share or batch[:1]
            with torch.autocast(process.device.type, dtype=self.dtype, enabled=self.dtype is not None):
                logits = model(**training.inputs(rows, process.device)).logits
            loss = summed_loss(logits.float(), training.targets[rows].to(process.device))
            loss = loss * (len(share) / len(rows))
            # DistributedDataParallel averages over processes; this makes it the mean over the rows of the whole batch.
            torch.autograd.backward(loss * process.world_size / len(batch))
            torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
            self.optimizer.step()
            self.schedule.step()
            self.optimizer.zero_grad()

            recent_loss += loss.detach()
            recent_rows += len(batch)
            if step == line_due or step == len(batches):
                total = process.total(recent_loss)
                if not math.isfinite(total):
                    raise InputError(f"the loss is no number any more in epoch {epoch + 1}; lower --learning_rate")
                progress = f"epoch={epoch + 1}/{args.epochs} step={step}/{len(batches)}"
                log(process, f"{progress} train_loss={total / recent_rows:.4f}")
                epoch_loss += total
                recent_loss.zero_()
                recent_rows = 0
                pace = (step - line_step) / (time.monotonic() - line_time)
                line_step, line_time = step, time.monotonic()
                # By one clock, as all processes add up the loss in the same step.
                line_due = step + max(1, process.share(round(pace * PROGRESS_SECONDS)))
        return epoch_loss / len(training)

    def evaluate(self, dtype: torch.dtype | None) -> tuple[Metrics, Task]:
        """Metrics over the whole test split, and the task as fitted on the validation part; None is fp32."""
        task = fitted_task(self.task, self.logits(self.validation, dtype), self.validation.targets)
        return classification_metrics(self.logits(self.testing, dtype), self.testing.targets, task), task

    @torch.no_grad()
    def logits(self, split: Split, dtype: torch.dtype | None) -> torch.Tensor:
        """The logits (rows x labels) of a split, each row computed once, shared among the processes."""
        process = self.process
        self.model.eval()
        batches = sorted_batches(split.lengths, EVALUATION_BATCH_SIZE, EVALUATION_TOKENS)[
            process.rank :: process.world_size
        ]
        with torch.autocast(process.device.type, dtype=dtype, enabled=dtype is not None):
            answers = [
                (rows, self.model(**split.inputs(rows, process.device)).logits.float().cpu()) for rows in batches
            ]
        everyone = list(itertools.chain.from_iterable(process.gather(answers)))
        order = torch.tensor(list(itertools.chain.from_iterable(rows for rows, _ in everyone)))
        return torch.cat([logits for _, logits in everyone])[order.argsort()]


def parameter_groups(model: torch.nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Weight matrices decay; biases and LayerNorms, the parameters with one dimension, do not."""
    parameters = list(model.parameters())
    return [
        {"params": [p for p in parameters if p.ndim >= 2], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]


def warm_up_then_decay(steps: int, warmup_ratio: float) -> Callable[[int], float]:
    """The learning rate's factor in step 0, 1, ...: linearly up to 1 in the warm-up, then linearly down to 0."""
    warm_up = int(steps * warmup_ratio)
    # Of a warm-up that is the whole training nothing is left to go down in.
    return lambda step: min((step + 1) / (warm_up + 1), (steps - step) / max(steps - warm_up, 1))


def autocast_type(precision: str, device: torch.device) -> torch.dtype | None:
    """The type to compute in, None being fp32: bf16 only where the hardware multiplies it, as emulated it is slow."""
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        # torch has public names for this only from 2.10 on, and the training container has 2.9.
        native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if precision == "bf16" or (precision == "auto" and native) else None


def log(process: Process, line: str) -> None:
    """Prints one line, in one write, on rank 0: SageMaker reads metrics from lines, and from every host."""
    if process.is_first:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
