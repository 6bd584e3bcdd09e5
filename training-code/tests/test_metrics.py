import math

import pytest
import torch

from metrics import classification_metrics


def test_agrees_with_a_computation_by_hand() -> None:
    # Rows are true labels: 3 of 4 "a" found, 1 of 2 "b" found.
    true = torch.tensor([0, 0, 0, 0, 1, 1])
    answered = torch.tensor([0, 0, 0, 1, 1, 0])
    logits = torch.nn.functional.one_hot(answered, 2).float()
    metrics = classification_metrics(logits, true, ["a", "b"])

    right, wrong = math.log(1 + math.exp(-1)), math.log(1 + math.exp(1))
    assert metrics["loss"] == pytest.approx((4 * right + 2 * wrong) / 6)
    assert metrics["accuracy"] == pytest.approx(4 / 6)
    assert metrics["majority_class_accuracy"] == pytest.approx(4 / 6)
    assert metrics["matthews_correlation"] == pytest.approx((3 * 1 - 1 * 1) / math.sqrt(4 * 2 * 4 * 2))
    assert metrics["macro_f1"] == pytest.approx((0.75 + 0.5) / 2)
    assert metrics["confusion_matrix"] == [[3, 1], [1, 1]]
    assert metrics["per_label"] == {
        "a": {"precision": 0.75, "recall": 0.75, "support": 4},
        "b": {"precision": 0.5, "recall": 0.5, "support": 2},
    }
    assert (metrics["rows"], metrics["labels"]) == (6, ["a", "b"])


def test_a_model_that_always_gives_one_label_scores_zero_and_warns_of_nothing(recwarn: pytest.WarningsRecorder) -> None:
    metrics = classification_metrics(torch.tensor([[1.0, 0.0]] * 4), torch.tensor([0, 0, 0, 1]), ["a", "b"])
    assert metrics["matthews_correlation"] == 0
    assert metrics["accuracy"] == metrics["majority_class_accuracy"] == 0.75
    assert metrics["per_label"]["b"]["precision"] == 0
    assert not recwarn.list
