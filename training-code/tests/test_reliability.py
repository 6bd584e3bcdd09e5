import pytest
import torch

from contract import Task
from metrics import classification_metrics
from reliability import MOST_MISTAKES, by_threshold, calibration_error, most_confident_mistakes, reliability_bins


def test_calibration_error_agrees_with_a_computation_by_hand() -> None:
    # Of two answers of 0.9 in one bin one is right, that of 0.6 in another is.
    scores = torch.tensor([[0.9, 0.1], [0.1, 0.9], [0.4, 0.6]])
    targets = torch.tensor([0, 0, 1])
    assert calibration_error(scores.log(), targets) == pytest.approx((2 * 0.4 + 0.4) / 3)
    assert reliability_bins(scores.log(), targets) == [
        {"answers": 1, "score": pytest.approx(0.6), "right": 1.0},
        {"answers": 2, "score": pytest.approx(0.9), "right": 0.5},
    ]
    # Of several labels, low scores count as well: that of 0.1 was right once in two, those of 1 and 0 always.
    scores = torch.tensor([[0.1, 1.0], [0.1, 0.0]])
    targets = torch.tensor([[True, True], [False, False]])
    assert calibration_error(scores.logit(), targets) == pytest.approx(2 * 0.4 / 4, abs=1e-6)


def test_a_threshold_takes_answers_away_and_the_labels_that_they_found() -> None:
    scores = torch.tensor([[0.92, 0.08], [0.08, 0.92], [0.38, 0.62]])
    points = {point["threshold"]: point for point in by_threshold(scores.log(), torch.tensor([0, 0, 1]))}
    assert points[0.0] == points[0.6] | {"threshold": 0.0}
    assert points[0.6] == {
        "threshold": 0.6, "precision": pytest.approx(2 / 3), "recall": pytest.approx(2 / 3), "answers": 3,
    }  # fmt: skip
    assert points[0.9] == {"threshold": 0.9, "precision": 0.5, "recall": pytest.approx(1 / 3), "answers": 2}
    # No answer reaches it.
    assert 0.95 not in points
    # Of several labels a text, every label's score is an answer: of two labels, one is found from 0.8 on.
    scores, targets = torch.tensor([[0.81, 0.22], [0.6, 0.1]]), torch.tensor([[True, True], [False, False]])
    several = by_threshold(scores.logit(), targets)
    assert [(each["precision"], each["recall"]) for each in several if each["threshold"] in {0.2, 0.5, 0.8}] == [
        (pytest.approx(2 / 3), 1.0),
        (0.5, 0.5),
        (1.0, 0.5),
    ]


def test_the_surest_mistakes_come_first_and_no_right_answer_is_among_them() -> None:
    scores = torch.tensor([[0.6, 0.4], [0.1, 0.9], [0.3, 0.7], [0.2, 0.8]])
    targets = torch.tensor([1, 1, 0, 0])
    assert classification_metrics(scores.log(), targets, Task(["a", "b"]))["mistakes"] == [
        {"row": 5, "labels": ["a"], "answered": ["b"], "score": pytest.approx(0.8)},
        {"row": 4, "labels": ["a"], "answered": ["b"], "score": pytest.approx(0.7)},
        {"row": 2, "labels": ["b"], "answered": ["a"], "score": pytest.approx(0.6)},
    ]
    many = torch.zeros(100, dtype=torch.long)
    assert len(most_confident_mistakes(torch.rand(100, 2), many, (many + 1).numpy(), ["a", "b"])) == MOST_MISTAKES


def test_of_several_labels_a_mistake_is_as_sure_as_what_is_most_wrong_of_it() -> None:
    scores = torch.tensor([[0.9, 0.2, 0.6], [0.3, 0.1, 0.8], [0.9, 0.9, 0.1]])
    targets = torch.tensor([[True, True, False], [False, True, True], [True, True, False]])
    metrics = classification_metrics(scores.logit(), targets, Task(["a", "b", "c"], thresholds=[0.5] * 3))
    assert metrics["mistakes"] == [
        {"row": 3, "labels": ["b", "c"], "answered": ["c"], "score": pytest.approx(0.9)},
        {"row": 2, "labels": ["a", "b"], "answered": ["a", "c"], "score": pytest.approx(0.8)},
    ]
