"""Writes as many labelled sentences as a measurement needs: those of examples/generate_acceptability.py, of many seeds.

    python bench/support/many_sentences.py ROWS FILE

One label in ten is wrong, as in a data set that many people have labelled in a hurry; no text comes twice. The same
number of rows writes the same file.
"""

import argparse
import csv
import itertools
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
from generate_acceptability import generate

MISLABELED = 0.1
OTHER = {"acceptable": "unacceptable", "unacceptable": "acceptable"}


def sentences(count: int) -> dict[str, str]:
    """The labels of so many texts."""
    chance = random.Random(0)
    labels: dict[str, str] = {}
    for seed in itertools.count(1):
        for row in generate(seed):
            if len(labels) == count:
                return labels
            labels.setdefault(row.text, OTHER[row.label] if chance.random() < MISLABELED else row.label)
    raise AssertionError("seeds do not end")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int)
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    with arguments.file.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("text", "label"))
        writer.writerows(sentences(arguments.rows).items())
