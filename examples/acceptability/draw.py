"""Seeded drawing of words."""

import random
from collections.abc import Sequence
from typing import TypeVar

from acceptability import lexicon as words
from acceptability.lexicon import Activity

T = TypeVar("T")


class Draw:
    """Draws words; the same seed draws the same words."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def one(self, options: Sequence[T]) -> T:
        return self._random.choice(options)

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """Draws `count` different options."""
        return self._random.sample(options, count)

    def three(self, options: Sequence[T]) -> list[T]:
        return self.some(options, 3)

    def coin(self) -> bool:
        return self._random.random() < 0.5

    def owners(self) -> list[str]:
        return self.three(words.OWNERS)

    def person(self, plural: bool = False) -> str:
        return self.one(words.PEOPLE).form(plural)

    def people(self, count: int = 3) -> list[str]:
        """Different nouns for people."""
        return [noun.singular for noun in self.some(words.PEOPLE, count)]

    def thing(self, activity: Activity, plural: bool = False) -> str:
        return self.one(activity.things).form(plural)

    def two_deeds(self) -> tuple[str, str, str]:
        """Two verbs, in a form that is past and participle alike, and something that both are done to."""
        verbs = [activity for activity in words.TRANSITIVE if activity.verb.past == activity.verb.participle]
        first = self.one(verbs)
        second = self.one([activity for activity in verbs if activity.things == first.things and activity != first])
        return first.verb.past, second.verb.past, self.thing(first)
