"""What a model reads of its texts: their tokens, and of a text that has more than it takes, some or all in windows.

Travels inside the artifact as code/reading.py, for serving reads as training does. Needs tokenizers.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tokenizers import Encoding, Tokenizer

from engines import Engine, logits_in_order

# Of a window, what the next one begins with again: what stands at the end of one, without a context behind it, has one
# in the other. It costs a third more.
OVERLAP = 1 / 4


class Reading(NamedTuple):
    """A text in its windows, most often one: of each the token ids, and their types, with the model's own tokens.

    `added` are the tokens of the text that each window has and those before it have not; `length` is the whole text's,
    with the model's own tokens.
    """

    token_ids: list[list[int]]
    token_types: list[list[int]]
    added: list[int]
    length: int


@dataclass(frozen=True)
class Reader:
    """A tokenizer, which neither cuts nor pads, and what the model takes: `max_length` tokens, and `pad_token_id`.

    What is longer is cut at its end or, as `cuts_left` says, at its beginning.
    """

    tokenizer: Tokenizer
    pad_token_id: int
    max_length: int
    cuts_left: bool = False

    def read(self, text: Encoding, *, in_windows: bool = False) -> Reading:
        """A text or pair that `tokenizer` encoded: in one window, or a single text in as many as it needs."""
        ids, types = text.ids, text.type_ids
        if len(ids) <= self.max_length:
            return Reading([ids], [types], [len(ids)], len(ids))
        # Of which text each token is; None is the model's own.
        text_of = text.sequence_ids
        texts = [number for number in range(text.n_sequences) if number in text_of]
        begins = [text_of.index(number) for number in texts]
        lengths = [text_of.count(number) for number in texts]
        room = self.max_length - text_of.count(None)
        if in_windows:
            starts = window_starts(lengths[0], room)
            windows = [[start] for start in starts]
            kept = [room]
            added = [room, *(after - before for before, after in itertools.pairwise(starts))]
        else:
            kept, added = longest_first(lengths, room), [room]
            windows = [[length - most if self.cuts_left else 0 for length, most in zip(lengths, kept, strict=True)]]

        def window(tokens: list[int], starts: list[int]) -> list[int]:
            seen: list[int] = []
            place = 0
            for begin, length, start, most in zip(begins, lengths, starts, kept, strict=True):
                seen += tokens[place:begin] + tokens[begin + start : begin + start + most]
                place = begin + length
            return seen + tokens[place:]

        return Reading(
            [window(ids, starts) for starts in windows], [window(types, starts) for starts in windows], added, len(ids)
        )


def reader_of(tokenizer: Any) -> Reader:
    """That of a fast tokenizer of transformers, at whose `model_max_length` it cuts; which by itself cuts no more."""
    backend: Tokenizer = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    return Reader(backend, tokenizer.pad_token_id, tokenizer.model_max_length, tokenizer.truncation_side == "left")


def logits_of_readings(engine: Engine, readings: Sequence[Reading], pad_token_id: int) -> list[list[float]]:
    """Logits (texts x labels), in the order of the texts."""
    token_ids = [window for reading in readings for window in reading.token_ids]
    types = [window for reading in readings for window in reading.token_types] if engine.token_types else None
    logits = logits_in_order(engine, token_ids, pad_token_id, types)
    return averaged(logits, [reading.added for reading in readings])


def averaged(logits: Sequence[list[float]], added: Sequence[Sequence[int]]) -> list[list[float]]:
    """Logits (texts x labels) from those of windows: the mean, in which each counts by the tokens that it adds."""
    rows = iter(logits)
    means = []
    for weights in added:
        windows = list(itertools.islice(rows, len(weights)))
        # What is divided by its own factor need not be the same in its last bit.
        means.append(
            windows[0]
            if len(windows) == 1
            else [
                sum(weight * logit for weight, logit in zip(weights, of_label, strict=True)) / sum(weights)
                for of_label in zip(*windows, strict=True)
            ]
        )
    return means


def window_starts(length: int, room: int) -> list[int]:
    """Where the windows of a text begin that has `length` tokens, more than there is `room` for in each.

    All are full, for those of one length are computed together: the last one ends with the text.
    """
    return [*range(0, length - room, room - int(room * OVERLAP)), length - room]


def longest_first(lengths: Sequence[int], room: int) -> list[int]:
    """The tokens that are left of one text or two when the longer is cut, and then both, until there is `room`.

    So does the tokenizers library, but it makes all other parts of a pair besides, a million of a long one.
    """
    if len(lengths) == 1:
        return [room]
    shorter = min(*lengths, room // 2)
    return [shorter, room - shorter] if lengths[0] <= lengths[1] else [room - shorter, shorter]
