import random

from batches import length_grouped_batches, sorted_batches

# Tokens per text as in a corpus of sentences: about 11, with a long tail.
LENGTHS = [2 + max(2, round(random.Random(row).lognormvariate(2.2, 0.5))) for row in range(6400)]


def test_padding_costs_next_to_nothing() -> None:
    batches = length_grouped_batches(LENGTHS, 32, seed="42/0")
    padded = sum(len(batch) * max(LENGTHS[row] for row in batch) for batch in batches)
    assert padded / sum(LENGTHS) <= 1.05


def test_each_row_comes_once_and_only_one_batch_is_short() -> None:
    batches = length_grouped_batches(LENGTHS[:107], 16, seed="42/0")
    assert sorted(row for batch in batches for row in batch) == list(range(107))
    assert sorted(len(batch) for batch in batches) == [11, 16, 16, 16, 16, 16, 16]


def test_epochs_differ_and_seeds_repeat() -> None:
    first = length_grouped_batches(LENGTHS, 32, seed="42/0")
    assert first == length_grouped_batches(LENGTHS, 32, seed="42/0")
    again = length_grouped_batches(LENGTHS, 32, seed="42/1")
    assert {frozenset(batch) for batch in first}.isdisjoint({frozenset(batch) for batch in again})
    # The lengths come in no order, so that training does not go from short to long.
    longest = [max(LENGTHS[row] for row in batch) for batch in first]
    assert longest != sorted(longest)


def test_sorted_batches_hold_each_row_once() -> None:
    batches = sorted_batches(LENGTHS[:107], 16, most_tokens=10_000)
    assert sorted(row for batch in batches for row in batch) == list(range(107))
    assert len(batches) == 7


def test_sorted_batches_have_fewer_rows_where_texts_are_long() -> None:
    lengths = [10] * 40 + [400, 3000, 9000]
    batches = sorted_batches(lengths, 16, most_tokens=4000)
    assert [len(batch) for batch in batches] == [16, 16, 9, 1, 1]
    assert sorted(row for batch in batches for row in batch) == list(range(43))
