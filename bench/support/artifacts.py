"""Trained artifacts to measure with, kept between runs, and the texts that they are asked."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from support.trainings import TRAIN, arguments_parser, shuffled_rows, write_splits

# The recipe of the quality target: enough for the model to be better than chance on hard data, in minutes.
RECIPE = ["--epochs", "4", "--batch_size", "32", "--learning_rate", "1.5e-4"]


def artifacts_parser(description: str | None, rounds: str) -> argparse.ArgumentParser:
    """The options of what measures artifacts: also what they are asked, where they are kept, and how often."""
    parser = arguments_parser(description)
    parser.add_argument("--test", type=Path, help="CSV of text,label to ask instead of those")
    parser.add_argument("--models", type=Path, default=Path(tempfile.gettempdir(), "bench-models"), help="kept models")
    parser.add_argument("--rounds", type=int, default=5, help=rounds)
    return parser


def artifact(args: argparse.Namespace, seed: int) -> Path:
    """The artifact in `args.models` that was trained with this seed; trains it where there is none."""
    folder: Path = args.models / str(seed)
    if not (folder / "metrics.json").exists():
        print(f"training a model with seed {seed} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as temporary:
            splits = write_splits(args.data, args.rows, Path(temporary))
            command = [sys.executable, str(TRAIN), *splits, *RECIPE, "--base_model", args.base_model]
            chosen = ["--seed", str(seed), "--model_dir", str(folder), "--output_data_dir", ""]
            subprocess.run([*command, *chosen], check=True, stdout=subprocess.DEVNULL)
    return folder


def asked_rows(args: argparse.Namespace) -> tuple[list[str], list[str]]:
    """Texts and labels that no artifact was trained on, in random order: a file has like by like."""
    header, rows = shuffled_rows(args.test or args.data)
    text, label = header.index("text"), header.index("label")
    rows = rows if args.test else rows[args.rows :]
    return [row[text] for row in rows], [row[label] for row in rows]
