"""The training itself: steps of AdamW under a schedule, over all processes together, from the last checkpoint on."""

import itertools
import math
import random
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch.nn.parallel import DistributedDataParallel

from arguments import METRICS, Arguments
from batches import length_grouped_batches, sorted_batches
from checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from contract import Task
from early_stopping import EarlyStopping
from errors import InputError
from metrics import Metrics, classification_metrics, fitted_task
from optimization import TrainingLoss, parameter_groups, warm_up_then_decay
from processes import Process
from progress import MeanLoss, Pace
from split import Split
from termination import Termination

EVALUATION_BATCH_SIZE = 64
# Of one batch, for the memory: fewer rows where texts are longer than 512.
EVALUATION_TOKENS = EVALUATION_BATCH_SIZE * 512
# By the validation part, in a training of the whole length.
EVALUATIONS = 10
# Between two checkpoints at least; and so many times what writing one takes, for it costs as much as it saves.
CHECKPOINT_SECONDS = 60.0
CHECKPOINT_SHARE = 50


class StoppedError(Exception):
    """SIGTERM has come, and what was trained is in the checkpoint."""


class Trained(NamedTuple):
    """What came of a training: what validation part and test split say, the task as fitted, and rows per second.

    `history` has, for each measurement by the validation part, `step`, `epoch`, `train_loss`, `learning_rate` and
    `validation_...`.
    """

    validation: Metrics
    testing_logits: torch.Tensor
    task: Task
    history: list[dict[str, float]]
    rows_per_second: float


@dataclass
class Trainer:
    """What trains a model and measures it; create it where the model's parameters are those to train."""

    args: Arguments
    process: Process
    model: Any
    training: Split
    # Chooses the weights, and fits the temperature and, where a text may have several labels, the thresholds.
    validation: Split
    testing: Split
    task: Task
    epochs: int
    loss: TrainingLoss
    # What a checkpoint must be of to be gone on from.
    run: dict[str, Any]
    # To compute in; None is fp32.
    dtype: torch.dtype | None
    history: list[dict[str, float]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        """The optimizer, the schedule of its learning rate, and what keeps the best weights."""
        self.steps_per_epoch = math.ceil(len(self.training) / self.args.batch_size)
        self.steps = self.epochs * self.steps_per_epoch
        self.optimizer = torch.optim.AdamW(
            parameter_groups(self.model, self.args.weight_decay), lr=self.args.learning_rate, fused=True
        )
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, warm_up_then_decay(self.steps, self.args.warmup_ratio)
        )
        self.early_stopping = EarlyStopping(self.args.metric, self.args.patience)

    def train(self) -> Trained:
        """Trains the steps that are left and measures what is best of them. Raises StoppedError after SIGTERM."""
        rows_per_second = 0.0
        if self.epochs:
            rows_per_second = self.take_steps(self.resume())
            best = self.early_stopping.best
            assert best is not None
            self.model.load_state_dict(best["weights"])
            log(self.process, f"keeping the weights of epoch {self.epoch_of(best['step'])}, measuring them")
        validation, task = self.validate(None)
        testing_logits = self.logits(self.testing, None)
        testing = classification_metrics(testing_logits, self.testing.targets, task)
        told_last = [*told("validation", validation), *told("test", testing), f"rows_per_second={rows_per_second:.0f}"]
        log(self.process, " ".join(told_last))
        return Trained(validation, testing_logits, task, self.history, rows_per_second)

    def resume(self) -> int:
        """Loads the checkpoint, if there is one, and answers how many steps are done. Raises InputError."""
        if not self.args.checkpoint_dir:
            return 0
        # Rank 0 reads for all, and refuses for all: hosts do not share the folder.
        checkpoint = self.process.share(self.found_checkpoint() if self.process.is_first else None)
        if isinstance(checkpoint, InputError):
            raise checkpoint
        if not checkpoint:
            return 0
        try:
            self.model.load_state_dict(checkpoint["model"])
            self.optimizer.load_state_dict(checkpoint["optimizer"])
            self.schedule.load_state_dict(checkpoint["schedule"])
            self.early_stopping.load_state_dict(checkpoint["early_stopping"])
            self.history = checkpoint["history"]
        except (KeyError, RuntimeError, ValueError) as error:
            raise InputError(
                f"the checkpoint in {self.args.checkpoint_dir} does not fit this model: it is of another version of "
                "the base model or of this program; delete it to start from the beginning"
            ) from error
        log(self.process, f"resumed after step {checkpoint['steps_done']} from {self.args.checkpoint_dir}")
        return checkpoint["steps_done"]

    def found_checkpoint(self) -> Checkpoint | InputError | None:
        """The checkpoint in the folder, or why it is not gone on from."""
        try:
            return load_checkpoint(Path(self.args.checkpoint_dir), self.run)
        except InputError as error:
            return error

    def save(self, steps_done: int) -> None:
        """Writes the checkpoint, where there is a folder for it. Raises InputError before a bad one replaces a good."""
        if self.args.checkpoint_dir and self.process.is_first:
            refuse_unless_finite(*self.model.parameters())
            save_checkpoint(
                Path(self.args.checkpoint_dir),
                Checkpoint(
                    run=self.run,
                    steps_done=steps_done,
                    model=self.model.state_dict(),
                    optimizer=self.optimizer.state_dict(),
                    schedule=self.schedule.state_dict(),
                    early_stopping=self.early_stopping.state_dict(),
                    history=self.history,
                ),
            )

    def epoch_of(self, step: int) -> str:
        """After so many steps."""
        return f"{round(step / self.steps_per_epoch, 2):g}/{self.epochs}"

    def take_steps(self, steps_done: int) -> float:
        """Takes the steps after the first `steps_done`, until no better weights are to be hoped for.

        Answers the rows per second of these steps, without the measurements. Raises StoppedError.
        """
        process = self.process
        log(
            process,
            f"{len(self.training)} rows to train, {len(self.validation)} to choose the weights by, {len(self.testing)} "
            f"to test, {len(self.task.labels)} labels; {process.world_size} process(es) on {process.device.type}, "
            f"{self.dtype or torch.float32}",
        )
        # Static: of some models (BigBird, MRA) a parameter takes part in no answer, and else would be waited for.
        parallel = DistributedDataParallel(self.model, static_graph=True) if process.world_size > 1 else self.model
        measured_every = math.ceil(self.steps / EVALUATIONS)
        pace = Pace(process, self.steps, steps_done)
        loss = MeanLoss(process)
        save_due = time.monotonic() + CHECKPOINT_SECONDS
        done = steps_done
        with Termination() as termination:
            for step in range(steps_done, self.steps):
                if self.early_stopping.ends:
                    break
                epoch, place = divmod(step, self.steps_per_epoch)
                if place == 0 or step == steps_done:
                    seed = f"{self.args.seed}/{epoch}"
                    batches = length_grouped_batches(self.training.lengths, self.args.batch_size, seed)
                loss.add(self.take_step(parallel, step, batches[place]), len(batches[place]))

                done = step + 1
                is_measured = done % measured_every == 0 or done == self.steps
                # One process sees at once that it shall stop; several agree on it when a line is due.
                stopping = process.world_size == 1 and termination.requested
                if is_measured or stopping or pace.line_is_due(done):
                    recent = loss.recent()
                    if not math.isfinite(recent):
                        raise InputError(f"the loss is no number any more in epoch {epoch + 1}; lower --learning_rate")
                    seconds_left, stopping = pace.mark(done, termination.requested)
                    progress = f"epoch={epoch + 1}/{self.epochs} step={done}/{self.steps} train_loss={recent:.4f}"
                    log(process, f"{progress} seconds_left={seconds_left:.0f}")
                if is_measured:
                    self.measure(done, loss.since_measured())
                    pace.go_on()
                is_last = done == self.steps or self.early_stopping.ends
                if stopping or is_last or time.monotonic() >= save_due:
                    writing = time.monotonic()
                    self.save(done)
                    save_due = max(CHECKPOINT_SECONDS, CHECKPOINT_SHARE * (time.monotonic() - writing)) + writing
                if stopping:
                    break
            # It may have come after the last step too, while that was measured or saved.
            if process.share(termination.requested):
                raise StoppedError(f"stopped after step {done} of {self.steps}")
        return pace.steps_per_second * self.args.batch_size

    def take_step(self, model: torch.nn.Module, step: int, batch: list[int]) -> torch.Tensor:
        """One step by these rows; answers this process's part of their summed loss. The first step is 0."""
        args, process, training = self.args, self.process, self.training
        # Of its own in each step and process: so a resumed run draws as an uninterrupted one, and no two processes do.
        torch.manual_seed(random.Random(f"{args.seed}/{step}/{process.rank}").getrandbits(63))
        model.train()
        # A small last batch may leave a process without rows: it goes along with one row that counts nothing.
        share = batch[process.rank :: process.world_size]
        rows = share or batch[:1]
        with torch.autocast(process.device.type, dtype=self.dtype, enabled=self.dtype is not None):
            logits = model(**training.inputs(rows, process.device)).logits
        # Of a row in several windows the mean alone has to be right: which of them show the label nobody says.
        logits = training.averaged(rows, logits.float())
        loss = self.loss(logits, training.targets[rows].to(process.device)) * (len(share) / len(rows))
        # DistributedDataParallel averages over processes; this makes it the mean over the rows of the whole batch.
        torch.autograd.backward(loss * process.world_size / len(batch))
        torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad()
        return loss.detach()

    def measure(self, step: int, train_loss: float) -> None:
        """Measures by the validation part, keeps the weights if they are the best so far, and says so."""
        # What only shows the way need not cost as much as what judges the model.
        metrics, _ = self.validate(self.dtype)
        self.early_stopping.measured(step, metrics, self.model.state_dict())
        self.history.append(
            {
                "step": step,
                "epoch": step / self.steps_per_epoch,
                "train_loss": train_loss,
                "learning_rate": float(self.schedule.get_last_lr()[0]),
                **{f"validation_{name}": value for name, value in scores(metrics).items()},
            }
        )
        line = [f"epoch={self.epoch_of(step)}", f"train_loss={train_loss:.4f}", *told("validation", metrics)]
        log(self.process, " ".join(line))
        if self.early_stopping.ends and step < self.steps:
            log(self.process, f"ending early, as {self.args.patience} measurements in turn were no better")

    def validate(self, dtype: torch.dtype | None) -> tuple[Metrics, Task]:
        """Metrics over the validation part, and the task as fitted on it; None is fp32."""
        logits, targets = self.logits(self.validation, dtype), self.validation.targets
        task = fitted_task(self.task, logits, targets)
        return classification_metrics(logits, targets, task), task

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
                (rows, split.averaged(rows, self.model(**split.inputs(rows, process.device)).logits.float()).cpu())
                for rows in batches
            ]
        everyone = list(itertools.chain.from_iterable(process.gather(answers)))
        order = torch.tensor(list(itertools.chain.from_iterable(rows for rows, _ in everyone)))
        logits = torch.cat([logits for _, logits in everyone])
        refuse_unless_finite(logits)
        return logits[order.argsort()]


def refuse_unless_finite(*tensors: torch.Tensor) -> None:
    """Raises InputError where a weight, or what a model answers by it, is infinite or no number."""
    if not all(tensor.isfinite().all() for tensor in tensors):
        raise InputError("the model's weights are no numbers any more; lower --learning_rate")


def scores(metrics: Metrics) -> dict[str, float]:
    """Of a measurement, what is told."""
    return {name: metrics[name] for name in ("loss", *METRICS)}  # type: ignore[literal-required]


def told(split: str, metrics: Metrics) -> list[str]:
    """As the training job's MetricDefinitions read it."""
    return [f"{split}_{name}={value:.4f}" for name, value in scores(metrics).items()]


def log(process: Process, line: str) -> None:
    """Prints one line, in one write, on rank 0: SageMaker reads metrics from lines, and from every host."""
    if process.is_first:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
