"""Writes tags.jsonl: mails of customers, each with any number of tags.

    python examples/generate_tags.py

The same seed writes the same file, byte for byte. A mail has the tag of each department that it wants something of (see
mails/subjects.py), and those of its tone; to what is settled and to what it says not to be, it has none.
"""

import json
from pathlib import Path
from typing import Final, NamedTuple

from mails.drawing import Drawing
from mails.subjects import CLOSINGS, GREETINGS

SEED: Final = 22
PATH: Final = Path(__file__).with_name("tags.jsonl")
MAILS: Final = 2400
TOPICS: Final = ("billing", "delivery", "returns", "repairs", "account")
# How many matters a mail may be about.
WANTS: Final = (0, 1, 1, 1, 2, 2)
# Of the tags, those that somebody in a hurry forgot.
FORGOTTEN: Final = 0.02


class Tone(NamedTuple):
    """Sentences that have a tag, and such that share its words and have it not."""

    tagged: tuple[str, ...]
    other: tuple[str, ...]


TONES: Final = {
    "urgent": Tone(
        (
            "I need an answer by {day}.",
            "It cannot wait until {day}.",
            "It is urgent.",
            "There is no time left.",
            "After {day} it is too late.",
            "Please do not take your time.",
        ),
        (
            "I need no answer by {day}.",
            "It can wait until {day}.",
            "It is not urgent.",
            "There is time left.",
            "After {day} it is not too late.",
            "Please take your time.",
        ),
    ),
    "complaint": Tone(
        (
            "I am not pleased with you.",
            "I will not buy here again.",
            "This is a complaint.",
            "I was not treated well by your people in {place}.",
            "It is not good that I have to write again.",
        ),
        (
            "I am not angry with you.",
            "I will not buy elsewhere.",
            "This is no complaint.",
            "I was not treated well by the other shop in {place}.",
            "It is not bad that I have to write again.",
        ),
    ),
    "praise": Tone(
        (
            "The man on the phone was friendly.",
            "Your people in {place} did a great job.",
            "The {thing} is the best that I had.",
            "I like to buy here.",
        ),
        (
            "The man on the phone was to be friendly.",
            "Your people in {place} did not do a great job.",
            "The {thing} is not the best that I had.",
            "I do not like to buy here.",
        ),
    ),
}
TAGS: Final = (*TOPICS, *TONES)


class Row(NamedTuple):
    text: str
    labels: list[str]


def generate(seed: int = SEED) -> list[Row]:
    """No text comes twice."""
    drawing = Drawing(seed)
    rows: dict[str, Row] = {}
    while len(rows) < MAILS:
        row = _mail(drawing)
        rows.setdefault(row.text, row)
    return list(rows.values())


def _mail(drawing: Drawing) -> Row:
    wanted = drawing.some(TOPICS, drawing.one(WANTS))
    labels = set(wanted)
    sentences = [drawing.wanted(topic) for topic in wanted]
    if not wanted or drawing.chance(0.25):
        sentences.append(drawing.settled(drawing.one([topic for topic in TOPICS if topic not in wanted])))
    for tag, tone in TONES.items():
        if drawing.chance(0.35):
            has_it = drawing.chance(0.7)
            sentences.append(drawing.filled(drawing.one(tone.tagged if has_it else tone.other)))
            labels |= {tag} if has_it else set()
    text = " ".join(
        [
            *([drawing.filled(drawing.one(GREETINGS))] if drawing.chance(0.15) else []),
            *drawing.some(sentences, len(sentences)),
            *([drawing.filled(drawing.one(CLOSINGS))] if drawing.chance(0.15) else []),
        ]
    )
    return Row(text, [tag for tag in TAGS if tag in labels and not drawing.chance(FORGOTTEN)])


def write(rows: list[Row], path: Path = PATH) -> None:
    """Writes one JSON object a line, with the fields `text` and `labels`."""
    path.write_text("".join(f"{json.dumps(row._asdict())}\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    rows = generate()
    write(rows)
    print(f"{PATH.name}: {len(rows)} rows, {len(TAGS)} tags")
