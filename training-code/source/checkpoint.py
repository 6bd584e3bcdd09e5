"""One checkpoint per run, rewritten as it goes, from which an interrupted run (spot) goes on where it was."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any, TypedDict

import torch

from errors import InputError

FILE = "checkpoint.pt"


class Checkpoint(TypedDict):
    """All that the next step depends on. Random numbers are seeded anew in each step, so need no place."""

    run: dict[str, Any]
    steps_done: int
    model: dict[str, Any]
    optimizer: dict[str, Any]
    schedule: dict[str, Any]
    early_stopping: dict[str, Any]
    history: list[dict[str, float]]


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Replaces the checkpoint in one step, so that an interruption leaves the old one or the new one, never half."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{FILE}.unfinished"
    with unfinished.open("wb") as file:
        torch.save(checkpoint, file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / FILE)


def load_checkpoint(folder: Path, run: dict[str, Any]) -> Checkpoint | None:
    """The checkpoint in `folder`, or None where there is none.

    `run` says what the run is (data, base model, hyperparameters, precision, processes). Raises InputError for another
    run's checkpoint, and for a file that is none.
    """
    file = folder / FILE
    if not file.exists():
        return None
    try:
        checkpoint: Checkpoint = torch.load(file, map_location="cpu", weights_only=True)
        differing = [name for name in run if checkpoint["run"].get(name) != run[name]]
    except Exception as error:  # Depending on the bytes, unpickling fails with nearly any kind.
        raise InputError(
            f"{file} is not a checkpoint of this program; delete it to start from the beginning"
        ) from error
    if differing:
        raise InputError(f"{file} is of another run ({', '.join(differing)} differ); delete it or use another folder")
    return checkpoint


def hash_of_base_model(model: Any, tokenizer: Any) -> str:
    """Tells models apart whose name is the same: in a training job each base model from S3 is in the same folder."""
    parts = [
        hash_of_weights(model),
        # As it is saved: without the folder that it was loaded from.
        model.config.to_json_string(),
        tokenizer.backend_tokenizer.to_str(),
        # Which the backend does not have: where longer texts are cut. How long they may be is a hyperparameter.
        tokenizer.truncation_side,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def hash_of_weights(model: torch.nn.Module) -> str:
    """Of all weights, with their names."""
    digest = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
