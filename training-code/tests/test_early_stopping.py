from typing import Any

import pytest
import torch
from sklearn.metrics import matthews_corrcoef

from early_stopping import EarlyStopping, standard_error

ROWS = 400


def measured(stopping: EarlyStopping, step: int, score: float, loss: float) -> None:
    metrics: Any = {"macro_f1": score, "accuracy": 1 - score, "loss": loss, "rows": ROWS}
    stopping.measured(step, metrics, {"weight": torch.tensor([float(step)])})


def kept(*measurements: tuple[float, float]) -> list[int]:
    """Which of the measurements so far was kept, after each of them; in the order of their scores and losses."""
    stopping = EarlyStopping("macro_f1", patience=99)
    steps = []
    for step, (score, loss) in enumerate(measurements):
        measured(stopping, step, score, loss)
        assert stopping.best is not None
        assert stopping.best["weights"]["weight"].item() == stopping.best["step"]
        steps.append(stopping.best["step"])
    return steps


# Of 400 rows, a standard error is 0.03 where the score is 0.6, and 0.02 where it is 0.75.
def test_of_weights_that_are_as_good_but_for_chance_those_with_the_least_loss_are_kept() -> None:
    assert kept((0.6, 0.7), (0.58, 0.6), (0.61, 0.65), (0.59, 0.5)) == [0, 1, 1, 3]


def test_a_score_that_is_worse_by_more_than_chance_is_not_kept_for_its_loss() -> None:
    assert kept((0.6, 0.7), (0.56, 0.1)) == [0, 0]


def test_a_score_that_is_better_by_more_than_chance_is_kept_whatever_its_loss() -> None:
    assert kept((0.6, 0.5), (0.75, 0.9), (0.74, 0.8), (0.6, 0.4)) == [0, 1, 2, 2]


def test_of_weights_that_are_alike_the_last_are_kept_as_the_learning_rate_falls() -> None:
    assert kept((0.6, 0.5), (0.6, 0.5)) == [0, 1]


def test_little_by_little_nothing_worse_is_kept() -> None:
    assert kept((0.6, 0.5), (0.58, 0.4), (0.56, 0.3), (0.54, 0.2)) == [0, 1, 1, 1]


def test_a_standard_error_is_as_large_as_scores_of_texts_by_chance_spread() -> None:
    drawn = torch.Generator().manual_seed(0)
    labels = torch.randint(2, (2000, ROWS), generator=drawn, dtype=torch.bool)
    wrong = torch.rand(labels.shape, generator=drawn) < 0.2
    scores = torch.tensor([matthews_corrcoef(row, row ^ flips) for row, flips in zip(labels, wrong, strict=True)])
    assert standard_error(scores.mean().item(), ROWS) == pytest.approx(scores.std().item(), rel=0.3)


def test_what_is_kept_does_not_change_when_training_goes_on() -> None:
    stopping = EarlyStopping("macro_f1", patience=9)
    weight = torch.tensor([1.0])
    metrics: Any = {"macro_f1": 0.5, "loss": 0.7, "rows": ROWS}
    stopping.measured(1, metrics, {"weight": weight})
    weight.add_(1)
    assert stopping.best is not None
    assert stopping.best["weights"]["weight"].item() == 1


def test_ends_after_as_many_measurements_without_gain_as_it_is_patient() -> None:
    stopping = EarlyStopping("macro_f1", patience=2)
    ends = []
    for step, score in enumerate([0.1, 0.0, 0.2, 0.2, 0.2]):
        measured(stopping, step, score, 1.0)
        ends.append(stopping.ends)
    assert ends == [False, False, False, False, True]


def test_goes_on_as_long_as_the_loss_falls() -> None:
    stopping = EarlyStopping("macro_f1", patience=1)
    ends = []
    for step, (score, loss) in enumerate([(0.5, 0.7), (0.4, 0.6), (0.4, 0.5), (0.4, 0.55)]):
        measured(stopping, step, score, loss)
        ends.append(stopping.ends)
    assert ends == [False, False, False, True]
    assert stopping.best is not None
    assert stopping.best["step"] == 0


@pytest.mark.parametrize("score", [float("nan"), -1.0])
def test_the_first_is_kept_whatever_it_is(score: float) -> None:
    stopping = EarlyStopping("macro_f1", patience=2)
    measured(stopping, 1, score, 1.0)
    assert stopping.best is not None


def test_goes_on_from_a_checkpoint() -> None:
    before, after = EarlyStopping("macro_f1", patience=2), EarlyStopping("macro_f1", patience=2)
    measured(before, 1, 0.5, 1.0)
    measured(before, 2, 0.4, 1.0)
    after.load_state_dict(before.state_dict())
    measured(after, 3, 0.49, 1.1)
    assert after.ends
    assert after.best is not None
    assert after.best["step"] == 1
