"""Which texts go through the model together: as many as its budget allows, of the same length or nearly.

Where padding would move an answer (engines.may_pad: on a CPU by its last bits), texts of the same length only: the same
text is to be answered the same in whatever company.

Travels inside the artifact as code/packing.py.
"""

from collections.abc import Iterator, Sequence
from typing import NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray

# Tokens of one batch, padding included: more would leave the cache of a core, fewer would repeat what a run costs.
TOKEN_BUDGET = 512
# Where padding is allowed: so many tokens of it cost less than another run of the model, which costs as much as eight
# (MiniLM in int8 on a Zen 3, by a fit over many shapes).
PADDING = 4


class Inputs(TypedDict):
    """What a model reads, each (rows x tokens); `token_type_ids` are 1 in the second text of a pair."""

    input_ids: NDArray[np.int64]
    attention_mask: NDArray[np.int64]
    token_type_ids: NotRequired[NDArray[np.int64]]


def padded_batches(
    token_ids: Sequence[Sequence[int]],
    pad_token_id: int,
    *,
    padding: bool,
    token_types: Sequence[Sequence[int]] | None = None,
) -> Iterator[tuple[list[int], Inputs]]:
    """Splits texts, given as token ids, into batches: the texts' indexes, and the model's inputs for them.

    `token_types` are for a model that reads them, as many of a text as it has ids.
    """
    for rows in packed_batches([len(ids) for ids in token_ids], padding=padding):
        types = None if token_types is None else [token_types[row] for row in rows]
        yield rows, padded([token_ids[row] for row in rows], pad_token_id, types)


def padded(
    token_ids: Sequence[Sequence[int]], pad_token_id: int, token_types: Sequence[Sequence[int]] | None = None
) -> Inputs:
    """The model's inputs for texts, given as token ids, each padded to the longest of them."""
    shape = len(token_ids), max(map(len, token_ids))
    inputs: Inputs = {
        "input_ids": np.full(shape, pad_token_id, dtype=np.int64),
        "attention_mask": np.zeros(shape, dtype=np.int64),
    }
    for row, ids in enumerate(token_ids):
        inputs["input_ids"][row, : len(ids)] = ids
        inputs["attention_mask"][row, : len(ids)] = 1
    if token_types is not None:
        inputs["token_type_ids"] = np.zeros(shape, dtype=np.int64)
        for row, types in enumerate(token_types):
            inputs["token_type_ids"][row, : len(types)] = types
    return inputs


def packed_batches(lengths: Sequence[int], *, padding: bool) -> list[list[int]]:
    """Splits texts of these lengths in tokens into batches, each text exactly once, the shortest first.

    Without `padding` all of a batch have the same length. A text that is longer than the budget is a batch of its own.
    """
    batches: list[list[int]] = []
    # Of the batch that is being filled, which has no row yet.
    rows: list[int] = []
    longest = 0
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        length = lengths[index]
        # What all others of the batch would be padded by.
        added = len(rows) * (length - longest)
        if not rows or (len(rows) + 1) * length > TOKEN_BUDGET or added > (PADDING if padding else 0):
            rows = []
            batches.append(rows)
        rows.append(index)
        longest = length
    return batches
