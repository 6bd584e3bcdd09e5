"""Writes acceptability.csv: English sentences in minimal pairs, half of them acceptable.

    python examples/generate_acceptability.py

The same seed writes the same file, byte for byte. What the sentences are is told in acceptability/phenomena.py.
"""

import csv
import itertools
from pathlib import Path
from typing import Final, NamedTuple

from acceptability.draw import Draw
from acceptability.phenomena import PHENOMENA, Frame, Label, Template

SEED: Final = 20
PATH: Final = Path(__file__).with_name("acceptability.csv")

# A frame is a minimal pair and two companions: another pair, or two sentences of one label. The pipeline splits rows by
# chance. In a frame of two pairs, three training rows would tell the label of the fourth; in a lopsided one, they would
# guess it well. In this mixture the training rows of a frame say next to nothing about its test rows.
COMPANIONS: Final[tuple[Label | None, ...]] = (None,) * 4 + ("acceptable", "unacceptable") * 7


class Row(NamedTuple):
    text: str
    label: Label
    phenomenon: str
    template: str


def generate(seed: int = SEED) -> list[Row]:
    """Uses every template equally often in both its settings and with all kinds of companions; no text comes twice."""
    draw = Draw(seed)
    seen: set[str] = set()
    rows: list[Row] = []
    for phenomenon, templates in PHENOMENA.items():
        for template, turned, companions in itertools.product(templates, (False, True), COMPANIONS):
            members = _unused_members(draw, template, turned, companions, seen)
            rows += (Row(text, label, phenomenon, template.__name__) for text, label in members.items())
    return draw.some(rows, len(rows))


def _unused_members(
    draw: Draw, template: Template, turned: bool, companions: Label | None, seen: set[str]
) -> dict[str, Label]:
    """Draws frames until one has four sentences that were not there before."""
    while True:
        members = _members(template(draw, turned), companions)
        if len(members) == 4 and seen.isdisjoint(members):
            seen.update(members)
            return members


def _members(frame: Frame, companions: Label | None) -> dict[str, Label]:
    pairs = [frame.first, frame.near] if companions is None else [frame.first]
    members: dict[str, Label] = {}
    for pair in pairs:
        members[pair.acceptable] = "acceptable"
        members[pair.unacceptable] = "unacceptable"
    if companions is not None:
        members[frame.far.member(companions)] = companions
        members[frame.farther.member(companions)] = companions
    return members


def write(rows: list[Row], path: Path = PATH) -> None:
    """Writes the columns `text,label`; phenomenon and template are for the tests."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("text", "label"))
        writer.writerows((row.text, row.label) for row in rows)


if __name__ == "__main__":
    rows = generate()
    write(rows)
    print(f"{PATH.name}: {len(rows)} rows, {len(PHENOMENA)} phenomena")
