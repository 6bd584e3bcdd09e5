import random

import pytest

from packing import TOKEN_BUDGET, packed_batches, padded_batches


def mixed_lengths(count: int, longest: int) -> list[int]:
    """Lengths as sentences have them: most short, some long."""
    chance = random.Random(5)
    return [min(longest, 3 + int(chance.expovariate(1 / 12))) for _ in range(count)]


@pytest.mark.parametrize(("count", "longest"), [(500, 64), (2048, 128), (2048, 512)])
def test_padding_is_at_most_a_twentieth_of_the_real_tokens(count: int, longest: int) -> None:
    lengths = mixed_lengths(count, longest)
    batches = packed_batches(lengths, padding=True)
    padded = sum(len(rows) * max(lengths[row] for row in rows) for rows in batches)
    assert padded <= 1.05 * sum(lengths)
    # And not because every text were alone.
    assert len(batches) < count / 8


@pytest.mark.parametrize("padding", [False, True])
@pytest.mark.parametrize("lengths", [[7], mixed_lengths(300, 128), [600, 3, 600], [12] * 1000])
def test_every_text_is_in_one_batch_and_every_batch_in_the_budget(lengths: list[int], *, padding: bool) -> None:
    batches = packed_batches(lengths, padding=padding)
    assert sorted(row for rows in batches for row in rows) == list(range(len(lengths)))
    for rows in batches:
        assert len(rows) == 1 or len(rows) * max(lengths[row] for row in rows) <= TOKEN_BUDGET
        assert lengths[rows[-1]] == max(lengths[row] for row in rows)


def test_nearly_equal_texts_share_a_batch_although_there_are_few() -> None:
    assert packed_batches([11, 10, 40], padding=True) == [[1, 0], [2]]


def test_without_padding_only_equal_texts_share_a_batch() -> None:
    assert packed_batches([11, 10, 40, 11, 10], padding=False) == [[1, 4], [0, 3], [2]]


def test_inputs_are_padded_to_the_longest() -> None:
    ((rows, inputs),) = padded_batches([[5, 6, 7], [8, 9]], pad_token_id=1, padding=True)
    assert rows == [1, 0]
    assert inputs["input_ids"].tolist() == [[8, 9, 1], [5, 6, 7]]
    assert inputs["attention_mask"].tolist() == [[1, 1, 0], [1, 1, 1]]
