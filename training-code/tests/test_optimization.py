from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from base_model import load_base_model
from conftest import arguments
from metrics import summed_loss
from optimization import TrainingLoss, balanced_weights, epochs_for, parameter_groups, warm_up_then_decay

ONE = torch.tensor([0, 0, 0, 0, 0, 0, 1, 1, 1, 2])
SEVERAL = torch.tensor([[1, 1, 0], [1, 0, 0], [0, 0, 0], [1, 0, 0]], dtype=torch.bool)


@pytest.mark.parametrize(
    ("rows", "batch_size", "epochs"),
    [
        # Few rows are seen often, but not without end.
        (100, 16, 40),
        (1000, 16, 16),
        (1072, 16, 15),
        # Many no less than three times.
        (8000, 16, 3),
        (1_000_000, 16, 3),
        (1000, 64, 40),
        (5000, 64, 13),
    ],
)
def test_the_length_of_a_training_is_that_of_its_data(rows: int, batch_size: int, epochs: int) -> None:
    assert epochs_for(rows, batch_size) == epochs


def test_biases_and_layer_norms_do_not_decay(base_model: Path, data: Path, tmp_path: Path) -> None:
    model, _ = load_base_model(arguments(data, base_model, tmp_path), ["x", "y"])
    decaying, kept = parameter_groups(model, 0.01)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    assert all("LayerNorm" in names[id(p)] or names[id(p)].endswith("bias") for p in kept["params"])
    assert all(names[id(p)].endswith("weight") and "LayerNorm" not in names[id(p)] for p in decaying["params"])
    assert len(names) == len(kept["params"]) + len(decaying["params"])
    assert (decaying["weight_decay"], kept["weight_decay"]) == (0.01, 0.0)


def test_the_learning_rate_warms_up_then_falls_to_nearly_nothing() -> None:
    factor = warm_up_then_decay(steps=100, warmup_ratio=0.1)
    factors = [factor(step) for step in range(100)]
    assert factors[0] == pytest.approx(1 / 11)
    assert max(factors) == factors[10] == 1
    assert factors[99] == pytest.approx(1 / 90)
    assert warm_up_then_decay(steps=1, warmup_ratio=0.0)(0) == 1
    only_up = warm_up_then_decay(steps=4, warmup_ratio=1.0)
    assert [only_up(step) for step in range(4)] == [0.2, 0.4, 0.6, 0.8]


def test_balanced_weights_are_those_of_scikit_learn_and_let_all_labels_count_alike() -> None:
    weights = balanced_weights(ONE)
    expected = compute_class_weight("balanced", classes=np.arange(3), y=ONE.numpy())
    assert weights.tolist() == pytest.approx(expected.tolist())
    assert (weights * ONE.bincount()).tolist() == pytest.approx([10 / 3] * 3)
    assert weights[ONE].mean() == pytest.approx(1)


def test_of_several_labels_having_one_counts_as_much_as_not_having_it() -> None:
    # The last label, which no row has, cannot be balanced.
    assert balanced_weights(SEVERAL).tolist() == pytest.approx([1 / 3, 3, 1])


def test_the_loss_is_cross_entropy_with_the_weights_and_the_smoothing_asked_for() -> None:
    torch.manual_seed(1)
    logits = torch.randn(10, 3)
    torch.testing.assert_close(TrainingLoss(None, 0.0)(logits, ONE), summed_loss(logits, ONE))
    weights = balanced_weights(ONE)
    one_by_one = cross_entropy(logits, ONE, reduction="none") * weights[ONE]
    torch.testing.assert_close(TrainingLoss(weights, 0.0)(logits, ONE), one_by_one.sum())
    target = torch.nn.functional.one_hot(ONE, 3) * 0.7 + 0.1
    torch.testing.assert_close(TrainingLoss(None, 0.3)(logits, ONE), cross_entropy(logits, target, reduction="sum"))


def test_the_loss_of_several_labels_has_weights_and_smoothing_too() -> None:
    torch.manual_seed(1)
    logits = torch.randn(4, 3)
    torch.testing.assert_close(TrainingLoss(None, 0.0)(logits, SEVERAL), summed_loss(logits, SEVERAL))
    weights = balanced_weights(SEVERAL)
    one_by_one = binary_cross_entropy_with_logits(logits, torch.where(SEVERAL, 0.9, 0.1), reduction="none")
    expected = (one_by_one * torch.where(SEVERAL, weights, 1.0)).sum() / 3
    torch.testing.assert_close(TrainingLoss(weights, 0.2)(logits, SEVERAL), expected)


def test_weights_move_no_row_from_what_smoothing_makes_of_it() -> None:
    """Whatever a row counts, its loss is least where the scores are its smoothed target."""
    rare = torch.tensor([0] * 98 + [1] * 2)
    target = torch.nn.functional.one_hot(rare, 2) * 0.9 + 0.05
    logits = target.log().requires_grad_()
    torch.autograd.backward(TrainingLoss(balanced_weights(rare), 0.1)(logits, rare))
    assert logits.grad is not None
    torch.testing.assert_close(logits.grad, torch.zeros_like(target), atol=1e-5, rtol=0)

    several = torch.zeros(100, 2, dtype=torch.bool)
    several[:2, 0] = several[:60, 1] = True
    logits = torch.where(several, 0.95, 0.05).logit().requires_grad_()
    torch.autograd.backward(TrainingLoss(balanced_weights(several), 0.1)(logits, several))
    assert logits.grad is not None
    torch.testing.assert_close(logits.grad, torch.zeros(100, 2), atol=1e-5, rtol=0)
