import itertools

import pytest
import torch

from calibration import JOINED, RANDOM, TYPICAL, calibration_texts

FIRST, LAST, VOCABULARY = 7, 8, 1000


class Rows:
    """As much of a Split as is asked of it."""

    def __init__(self, lengths: list[int], max_length: int, *, types: bool = False) -> None:
        chance = torch.Generator().manual_seed(1)
        self.max_length = max_length
        self.types = types
        self.rows = [
            [FIRST, *torch.randint(10, 20, (length - 2,), generator=chance).tolist(), LAST] for length in lengths
        ]

    def __len__(self) -> int:
        return len(self.rows)

    def texts(self) -> list[list[int]]:
        return self.rows

    def token_types(self) -> list[list[int]] | None:
        return [[row[1] % 2] * len(row) for row in self.rows] if self.types else None


def kinds(rows: Rows) -> tuple[list[list[int]], list[list[int]], list[list[int]]]:
    """Typical, joined and random ones."""
    texts, _ = calibration_texts(rows, VOCABULARY)  # type: ignore[arg-type]
    typical = list(itertools.takewhile(lambda text: text in rows.rows, texts))
    others = texts[len(typical) :]
    joined = list(itertools.takewhile(lambda text: len(text) == rows.max_length, others))
    return typical, joined, others[len(joined) :]


def test_beside_the_typical_there_are_long_texts_and_random_words() -> None:
    typical, joined, random = kinds(Rows([10] * 2000, max_length=128))
    assert TYPICAL <= sum(map(len, typical)) < TYPICAL + 10
    assert JOINED <= sum(map(len, joined)) < JOINED + 128
    assert RANDOM <= sum(map(len, random)) < RANDOM + 40
    for text in joined:
        assert (text[0], text[-1]) == (FIRST, LAST)
        assert set(text[1:-1]) <= set(range(10, 20))
    assert max(max(text) for text in random) > VOCABULARY / 2
    assert len({len(text) for text in random}) > 10


@pytest.mark.parametrize(("lengths", "max_length"), [([3], 4), ([4, 4, 4], 4), ([512] * 30, 512), ([5] * 3, 64)])
def test_no_text_is_longer_than_the_model_takes(lengths: list[int], max_length: int) -> None:
    texts, _ = calibration_texts(Rows(lengths, max_length), VOCABULARY)  # type: ignore[arg-type]
    assert max(map(len, texts)) <= max_length


def test_it_is_the_same_for_the_same_split() -> None:
    rows = Rows([5, 9, 12] * 50, max_length=32)
    assert calibration_texts(rows, VOCABULARY) == calibration_texts(rows, VOCABULARY)  # type: ignore[arg-type]


def test_the_types_are_those_of_the_same_rows() -> None:
    texts, types = calibration_texts(Rows([5, 9, 12] * 50, max_length=32, types=True), VOCABULARY)  # type: ignore[arg-type]
    assert types is not None
    assert [len(each) for each in types] == [len(text) for text in texts]
    typical = list(itertools.takewhile(lambda text: len(text) < 32, texts))
    assert [each[0] for each in types[: len(typical)]] == [text[1] % 2 for text in typical]
    assert {number for each in types[len(typical) :] for number in each} == {0}
