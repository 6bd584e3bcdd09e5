from typing import Any

import pytest
import torch

from early_stopping import EarlyStopping


def measured(stopping: EarlyStopping, step: int, score: float, loss: float) -> None:
    metrics: Any = {"macro_f1": score, "accuracy": 1 - score, "loss": loss}
    stopping.measured(step, metrics, {"weight": torch.tensor([float(step)])})


def test_keeps_the_weights_with_the_best_metric_and_of_two_alike_those_with_the_lower_loss() -> None:
    stopping = EarlyStopping("macro_f1", patience=9)
    kept = []
    for step, (score, loss) in enumerate([(0.5, 0.7), (0.6, 0.9), (0.6, 0.8), (0.6, 0.85), (0.59, 0.1)]):
        measured(stopping, step, score, loss)
        assert stopping.best is not None
        kept.append((stopping.best["step"], stopping.best["weights"]["weight"].item()))
    assert kept == [(0, 0), (1, 1), (2, 2), (2, 2), (2, 2)]


def test_what_is_kept_does_not_change_when_training_goes_on() -> None:
    stopping = EarlyStopping("macro_f1", patience=9)
    weight = torch.tensor([1.0])
    metrics: Any = {"macro_f1": 0.5, "loss": 0.7}
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
    measured(after, 3, 0.4, 1.0)
    assert after.ends
    assert after.best is not None
    assert after.best["step"] == 1
