"""Writes paraphrase.csv: pairs of English sentences that say the same, or nearly.

    python examples/generate_paraphrase.py

The same seed writes the same file, byte for byte. A pair tells one event in two ways, or two events that differ in who
did it to whom, in what was done, to what, or in when. In either case they share about as many words, so that only what
they say tells the label.
"""

import csv
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

from acceptability import lexicon

SEED: Final = 23
PATH: Final = Path(__file__).with_name("paraphrase.csv")
EACH: Final = 1500

Label = Literal["paraphrase", "different"]


class Row(NamedTuple):
    text: str
    text_pair: str
    label: Label


class Relation(NamedTuple):
    """Ways to say that `{a}` does something to `{b}`, with or without a thing `{o}`; what is drawn fits them all."""

    ways: tuple[str, ...]
    things: tuple[tuple[str, ...], ...] = ()


# Words for the same thing; those of one line are alike, and not the same.
GIFTS: Final = (
    ("bike", "bicycle"), ("car", "automobile"), ("couch", "sofa"), ("armchair", "easy chair"), ("phone", "telephone"),
    ("radio", "radio set"), ("photo", "photograph"), ("picture", "painting"), ("purse", "handbag"),
    ("coat", "overcoat"), ("boat", "rowboat"), ("lamp", "reading light"),
)  # fmt: skip
WRITINGS: Final = (
    ("letter", "note"),
    ("essay", "paper"),
    ("contract", "agreement"),
    ("story", "tale"),
    ("map", "plan"),
)
RELATIONS: Final = (
    Relation(
        ("{a} gave {b} the {o}", "{b} was given the {o} by {a}", "{b} got the {o} from {a}", "{a} gave the {o} to {b}"),
        GIFTS,
    ),
    Relation(
        (
            "{a} sold {b} the {o}", "{b} bought the {o} from {a}", "the {o} was sold to {b} by {a}",
            "{a} was paid by {b} for the {o}",
        ),
        GIFTS,
    ),
    Relation(
        (
            "{a} lent {b} the {o}", "{b} borrowed the {o} from {a}", "{a} let {b} have the {o} for a while",
            "the {o} was lent to {b} by {a}",
        ),
        GIFTS,
    ),
    Relation(
        (
            "{a} sent {b} the {o}", "{b} received the {o} from {a}", "the {o} was sent to {b} by {a}",
            "{a} sent the {o} to {b}",
        ),
        WRITINGS,
    ),
    Relation(
        ("{a} arrived before {b}", "{b} arrived after {a}", "{b} came later than {a}", "{a} came earlier than {b}"),
    ),
    Relation(
        (
            "{a} taught {b} to swim", "{b} learned to swim from {a}", "{b} was taught to swim by {a}",
            "{a} gave {b} lessons in swimming",
        ),
    ),
    Relation(
        (
            "{a} beat {b} at chess", "{b} lost to {a} at chess", "{b} was beaten by {a} at chess",
            "{a} won at chess against {b}",
        ),
    ),
    Relation(
        (
            "{a} invited {b} to dinner", "{b} was asked to dinner by {a}", "{b} was invited to dinner by {a}",
            "{b} was the guest of {a} at dinner",
        ),
    ),
)  # fmt: skip
TIMES: Final = (
    ("in the morning", "before noon"), ("in the afternoon", "after lunch"), ("at night", "after dark"),
    ("on the weekend", "on Saturday or Sunday"), ("in spring", "in April or May"), ("two weeks ago", "a fortnight ago"),
    ("yesterday", "the day before today"), ("last year", "a year ago"), ("in winter", "when it was cold"),
)  # fmt: skip


class Event(NamedTuple):
    """Who did what to whom, and when; `thing` and `time` are the two words for it."""

    relation: Relation
    a: str
    b: str
    thing: tuple[str, ...]
    time: tuple[str, ...]


def generate(seed: int = SEED) -> list[Row]:
    """As many pairs of each label; no pair comes twice."""
    chance = random.Random(seed)
    rows: dict[tuple[str, str], Row] = {}
    labels: tuple[Label, Label] = ("paraphrase", "different")
    while len(rows) < 2 * EACH:
        label = labels[len(rows) % 2]
        event = _event(chance)
        told = event if label == "paraphrase" else _changed(chance, event)
        way = chance.choice(event.relation.ways)
        other_way = chance.choice([other for other in told.relation.ways if other != way])
        # Which of the words for a thing and a time: mostly not the same in both sentences.
        words = [chance.randrange(2), chance.randrange(2)]
        other_words = [1 - word if chance.random() < 0.75 else word for word in words]
        pair = _sentence(chance, event, way, words), _sentence(chance, told, other_way, other_words)
        rows.setdefault(pair, Row(*pair, label))
    return chance.sample(list(rows.values()), len(rows))


def _event(chance: random.Random) -> Event:
    relation = chance.choice(RELATIONS)
    people = [*lexicon.NAMES, *(f"the {noun.singular}" for noun in lexicon.PEOPLE)]
    a, b = chance.sample(people, 2)
    return Event(relation, a, b, chance.choice(relation.things or ((),)), chance.choice(TIMES))


def _changed(chance: random.Random, event: Event) -> Event:
    """Another event, like it but for one thing: who did it to whom, what was done, to what, or when."""
    changes = [
        event._replace(a=event.b, b=event.a),
        event._replace(time=chance.choice([time for time in TIMES if time != event.time])),
    ]
    relations = [other for other in RELATIONS if other.things == event.relation.things and other != event.relation]
    if relations:
        changes.append(event._replace(relation=chance.choice(relations)))
    if event.thing:
        things = [thing for thing in event.relation.things if thing != event.thing]
        changes.append(event._replace(thing=chance.choice(things)))
    return chance.choice(changes)


def _sentence(chance: random.Random, event: Event, way: str, words: Sequence[int]) -> str:
    text = way.format(a=event.a, b=event.b, o=event.thing[words[0]] if event.thing else "")
    time = event.time[words[1]]
    text = f"{time}, {text}" if chance.random() < 0.4 else f"{text} {time}"
    return f"{text[0].upper()}{text[1:]}."


def write(rows: list[Row], path: Path = PATH) -> None:
    """Writes the columns `text,text_pair,label`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Row._fields)
        writer.writerows(rows)


if __name__ == "__main__":
    rows = generate()
    write(rows)
    print(f"{PATH.name}: {len(rows)} rows, {len(RELATIONS)} relations")
