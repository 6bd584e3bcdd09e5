"""Seeded drawing of sentences, and of the words in them."""

import random
import re
from collections.abc import Sequence
from typing import Final, TypeVar

from mails.subjects import DAYS, MONTHS, OPEN, PLACES, SETTLED, SUBJECTS, THINGS, Subject

T = TypeVar("T")

WORDS: Final = {"thing": THINGS, "other": THINGS, "day": DAYS, "month": MONTHS, "place": PLACES}


class Drawing:
    """Draws sentences; the same seed draws the same."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def one(self, options: Sequence[T]) -> T:
        return self.random.choice(options)

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """Draws `count` different options."""
        return self.random.sample(options, count)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def filled(self, template: str) -> str:
        """The template with words in place of `{thing}` and the others; a capital begins it."""
        words = {name: self.one(options) for name, options in WORDS.items()}
        words["number"] = str(self.random.randrange(11, 99))
        while words["other"] == words["thing"]:
            words["other"] = self.one(THINGS)
        text = re.sub(r"\{(\w+)\}", lambda match: words[match[1]], template)
        text = re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)
        return text[0].upper() + text[1:]

    def wanted(self, department: str) -> str:
        """A sentence of somebody who wants something of the department."""
        subject = SUBJECTS[department]
        return self.filled(self.one(subject.wants)) if self.chance(0.25) else self._framed(OPEN, subject)

    def settled(self, department: str) -> str:
        """A sentence on a matter of the department that is settled."""
        return self._framed(SETTLED, SUBJECTS[department])

    def _framed(self, frames: Sequence[str], subject: Subject) -> str:
        return self.filled(self.one(frames).replace("{topic}", self.one(subject.topics)))
