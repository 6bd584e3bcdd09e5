"""Batches of texts of like length, so that padding costs next to nothing."""

import random
from collections.abc import Sequence

# Batches in one sorted stretch: enough for little padding, and few enough that epochs still differ in their batches.
STRETCH = 50


def length_grouped_batches(lengths: Sequence[int], batch_size: int, seed: str) -> list[list[int]]:
    """Splits the rows into batches of like length, in random order, each row exactly once.

    `lengths` are tokens per row. Every batch has `batch_size` rows but one, which has what is left over.
    The same `seed` gives the same batches on every machine.
    """
    chance = random.Random(seed)
    rows = list(range(len(lengths)))
    chance.shuffle(rows)
    batches = []
    for start in range(0, len(rows), STRETCH * batch_size):
        stretch = sorted(rows[start : start + STRETCH * batch_size], key=lambda row: lengths[row])
        batches += [stretch[first : first + batch_size] for first in range(0, len(stretch), batch_size)]
    chance.shuffle(batches)
    return batches


def sorted_batches(lengths: Sequence[int], batch_size: int) -> list[list[int]]:
    """Splits the rows into batches from the shortest to the longest, for evaluation, where order means nothing."""
    rows = sorted(range(len(lengths)), key=lambda row: lengths[row])
    return [rows[first : first + batch_size] for first in range(0, len(rows), batch_size)]
