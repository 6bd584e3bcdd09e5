"""What can be chosen about a training: command line arguments, which are the training job's hyperparameters."""

import argparse
import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from contract import OVERFLOWS
from errors import InputError

# Of `epochs`: as many as a training of so many rows needs.
BY_SIZE = -1
# Those of metrics.json that grow with quality.
METRICS = ("matthews_correlation", "accuracy", "micro_f1", "macro_f1")


def argument(default: str | int | float | Callable[[], str], doc: str, *choices: str) -> Any:
    """One field of Arguments; a callable default is called when the arguments are parsed."""
    metadata = {"help": doc, "choices": choices or None}
    if callable(default):
        return dataclasses.field(default_factory=default, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def environment(name: str, otherwise: str = "") -> Callable[[], str]:
    """A default that SageMaker may set by an environment variable."""
    return lambda: os.environ.get(name, otherwise)


def sagemaker_checkpoints() -> str:
    """/opt/ml/checkpoints, which a job has only with a CheckpointConfig: SageMaker keeps it in S3, for spot."""
    folder = Path(os.environ.get("SM_MODEL_DIR", "/opt/ml/model")).parent / "checkpoints"
    return str(folder) if folder.is_dir() else ""


@dataclasses.dataclass(frozen=True)
class Arguments:
    """What can be chosen. Each field is a command line argument, and so a hyperparameter of the training job."""

    base_model: str = argument(
        environment("SM_CHANNEL_BASE_MODEL", "bert-base-uncased"), "model to start from: id on the hub, or a folder"
    )
    epochs: int = argument(
        BY_SIZE,
        "passes over the training split; -1: by its size; 0 exports a finished classifier, measured if there is data",
    )
    batch_size: int = argument(16, "rows per step over all processes together")
    learning_rate: float = argument(2e-5, "highest learning rate, reached after the warm-up")
    max_length: int = argument(128, "tokens that are read of a text at once, in training and in serving")
    overflow: str = argument(
        "truncate",
        "what becomes of longer texts, here and as the model's default in serving: truncate, error or window",
        *OVERFLOWS,
    )
    warmup_ratio: float = argument(0.1, "share of the steps over which the learning rate rises")
    weight_decay: float = argument(0.01, "decoupled decay of the weight matrices")
    seed: int = argument(42, "seed of the new head, the order of rows and dropout")
    metric: str = argument(
        "matthews_correlation", "what the best weights are chosen by, on the validation part", *METRICS
    )
    patience: int = argument(4, "measurements in turn, of ten, that may be no better before training ends early")
    class_weights: str = argument(
        "none", "balanced: the rows of rare labels count more, so that all labels count alike", "none", "balanced"
    )
    label_smoothing: float = argument(0.0, "share of the target that is given to all labels alike")
    precision: str = argument("auto", "auto: bf16 where the device computes in it, else fp32", "auto", "bf16", "fp32")
    training: str = argument(environment("SM_CHANNEL_TRAINING"), "folder with the training split's .csv files")
    testing: str = argument(environment("SM_CHANNEL_TESTING"), "folder with the test split's .csv files")
    model_dir: str = argument(environment("SM_MODEL_DIR", "model"), "folder for the artifact")
    output_data_dir: str = argument(
        environment("SM_OUTPUT_DATA_DIR"), "folder for a copy of metrics.json, and for mistakes.json; '' for none"
    )
    mistakes: str = argument(
        "rows",
        "what is kept of the most confident mistakes on the test split: their rows' numbers, in metrics.json, or their "
        "texts too, in mistakes.json, which is in --output_data_dir and in no artifact",
        "rows",
        "texts",
    )
    checkpoint_dir: str = argument(sagemaker_checkpoints, "folder for the checkpoint to resume from; '' for none")
    hosts: str = argument(environment("SM_HOSTS", '["localhost"]'), "JSON list of the hosts that train together")
    current_host: str = argument(environment("SM_CURRENT_HOST", "localhost"), "this host's name in that list")

    def __post_init__(self) -> None:
        """Raises InputError for values that cannot work."""
        if self.epochs < BY_SIZE:
            raise InputError(f"--epochs is {self.epochs}; it must be 1 or more, 0 for none, or -1 for the data's size")
        if self.patience < 1:
            raise InputError(f"--patience is {self.patience}; it must be 1 or more")
        if not 0 <= self.label_smoothing < 1:
            raise InputError(f"--label_smoothing is {self.label_smoothing}; it must be from 0 to less than 1")
        if self.batch_size < 1:
            raise InputError(f"--batch_size is {self.batch_size}; it must be 1 or more")
        if self.max_length < 3:
            raise InputError(
                f"--max_length is {self.max_length}; it must be 3 or more, two tokens being the model's own"
            )
        if not self.learning_rate > 0:
            raise InputError(f"--learning_rate is {self.learning_rate}; it must be more than 0")
        if not 0 <= self.warmup_ratio <= 1:
            raise InputError(f"--warmup_ratio is {self.warmup_ratio}; it must be from 0 to 1")
        if not self.weight_decay >= 0:
            raise InputError(f"--weight_decay is {self.weight_decay}; it must be 0 or more")
        for name in ("training", "testing"):
            if not getattr(self, name) and (self.epochs or self.training or self.testing):
                raise InputError(f"no folder with the {name} split: pass --{name} or set SM_CHANNEL_{name.upper()}")


class ArgumentParser(argparse.ArgumentParser):
    """argparse, but its errors end like all others: in one sentence."""

    def error(self, message: str) -> NoReturn:
        raise InputError(message)


def parse_arguments(words: list[str]) -> Arguments:
    """Reads `--name value` pairs; raises InputError for a name or value that Arguments does not have."""
    # An abbreviated or mistyped hyperparameter must be an error, never silently another or no argument.
    parser = ArgumentParser(description="Fine-tunes a text classifier.", allow_abbrev=False)
    for field in dataclasses.fields(Arguments):
        parser.add_argument(f"--{field.name}", type=field.type, default=argparse.SUPPRESS, **field.metadata)
    return Arguments(**vars(parser.parse_args(words)))
