"""Batches of texts of like length, so that padding costs next to nothing.

transformers' LengthGroupedSampler groups rows likewise, but leaves the batches of each stretch in the order of their
lengths, from the longest down, with which a model learns less: bench/README.md.
"""

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


def sorted_batches(lengths: Sequence[int], batch_size: int, most_tokens: int) -> list[list[int]]:
    """Splits the rows into batches from the shortest to the longest, for evaluation, where order means nothing.

    A batch has `batch_size` rows, or fewer that have `most_tokens` together when they are padded; one row at least.
    """
    batches: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda row: lengths[row]):
        if not batches or len(batches[-1]) == batch_size or (len(batches[-1]) + 1) * lengths[row] > most_tokens:
            batches.append([])
        batches[-1].append(row)
    return batches
