"""Writes departments.csv: mails of customers, and the department that sees to what each wants.

    python examples/generate_departments.py

The same seed writes the same file, byte for byte. What the mails are made of is in mails/subjects.py.
"""

import csv
from pathlib import Path
from typing import Final, NamedTuple

from mails.drawing import Drawing
from mails.subjects import CLOSINGS, GREETINGS, SUBJECTS

SEED: Final = 21
PATH: Final = Path(__file__).with_name("departments.csv")
PER_DEPARTMENT: Final = 280
# Of the mails: with a sentence on a matter of another department that is settled, whose words mislead.
WITH_SETTLED: Final = 0.7
# Given to another department by somebody in a hurry, as happens.
MISLABELED: Final = 0.03


class Row(NamedTuple):
    text: str
    label: str
    # The department that the mail was written to, for the tests.
    meant: str


def generate(seed: int = SEED) -> list[Row]:
    """As many mails to each department; no text comes twice."""
    drawing = Drawing(seed)
    rows: list[Row] = []
    for department in SUBJECTS:
        mails: dict[str, Row] = {}
        while len(mails) < PER_DEPARTMENT:
            other = drawing.one([name for name in SUBJECTS if name != department])
            text = _mail(drawing, department, other)
            mails.setdefault(text, Row(text, other if drawing.chance(MISLABELED) else department, department))
        rows += mails.values()
    return drawing.some(rows, len(rows))


def _mail(drawing: Drawing, department: str, other: str) -> str:
    sentences = [drawing.wanted(department)]
    if drawing.chance(WITH_SETTLED):
        sentences.insert(drawing.one((0, 1)), drawing.settled(other))
    if drawing.chance(0.5):
        sentences.insert(0, drawing.filled(drawing.one(GREETINGS)))
    if drawing.chance(0.5):
        sentences.append(drawing.filled(drawing.one(CLOSINGS)))
    return " ".join(sentences)


def write(rows: list[Row], path: Path = PATH) -> None:
    """Writes the columns `text,label`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("text", "label"))
        writer.writerows((row.text, row.label) for row in rows)


if __name__ == "__main__":
    rows = generate()
    write(rows)
    print(f"{PATH.name}: {len(rows)} rows, {len(SUBJECTS)} departments")
