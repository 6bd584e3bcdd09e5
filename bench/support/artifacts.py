"""Trained artifacts to measure with, kept between runs."""

import csv
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from support.trainings import TRAIN, laptop_model, write_splits

# The recipe of the quality target: enough for the model to be better than chance on hard data, in minutes.
RECIPE = ["--epochs", "4", "--batch_size", "32", "--learning_rate", "1.5e-4"]


def artifact(models: Path, data: Path, rows: int, seed: int) -> Path:
    """The artifact in `models` that was trained with this seed; trains it where there is none."""
    folder = models / str(seed)
    if not (folder / "metrics.json").exists():
        print(f"training a model with seed {seed} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as temporary:
            splits = write_splits(data, rows, Path(temporary))
            command = [sys.executable, str(TRAIN), *splits, *RECIPE, "--base_model", laptop_model()]
            chosen = ["--seed", str(seed), "--model_dir", str(folder), "--output_data_dir", ""]
            subprocess.run([*command, *chosen], check=True, stdout=subprocess.DEVNULL)
    return folder


def test_rows(data: Path, rows: int) -> tuple[list[str], list[str]]:
    """Texts and labels that no artifact was trained on: those that `write_splits` leaves to test."""
    texts, labels = read_rows(data)
    everything = list(zip(texts, labels, strict=True))
    random.Random(0).shuffle(everything)
    texts, labels = zip(*everything[rows:], strict=True)
    return list(texts), list(labels)


def read_rows(file: Path) -> tuple[list[str], list[str]]:
    """The columns text and label of a CSV file."""
    with file.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return [row["text"] for row in rows], [row["label"] for row in rows]
