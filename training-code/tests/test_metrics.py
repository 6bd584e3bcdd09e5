import math

import pytest
import torch

from contract import Task
from metrics import cautions, classification_metrics, fitted_task, fitted_thresholds


def test_agrees_with_a_computation_by_hand() -> None:
    # Rows are true labels: 3 of 4 "a" found, 1 of 2 "b" found.
    true = torch.tensor([0, 0, 0, 0, 1, 1])
    answered = torch.tensor([0, 0, 0, 1, 1, 0])
    logits = torch.nn.functional.one_hot(answered, 2).float()
    metrics = classification_metrics(logits, true, Task(["a", "b"]))

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
    metrics = classification_metrics(torch.tensor([[1.0, 0.0]] * 4), torch.tensor([0, 0, 0, 1]), Task(["a", "b"]))
    assert metrics["matthews_correlation"] == 0
    assert metrics["accuracy"] == metrics["majority_class_accuracy"] == 0.75
    assert metrics["per_label"]["b"]["precision"] == 0
    assert not recwarn.list


def test_several_labels_agree_with_a_computation_by_hand() -> None:
    true = torch.tensor([[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 1, 0]], dtype=torch.bool)
    answered = torch.tensor([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0]], dtype=torch.bool)
    # Scores of 0.73 and 0.27: the last label's threshold is below both.
    metrics = classification_metrics(answered.float() * 2 - 1, true, Task(["a", "b", "c"], thresholds=[0.5, 0.5, 0.1]))
    right, wrong = math.log(1 + math.exp(-1)), math.log(1 + math.exp(1))
    assert metrics["loss"] == pytest.approx((10 * right + 2 * wrong) / 12)
    # Of 3 labels that are and 4 answers of "c" that are none.
    assert metrics["accuracy"] == 0
    assert metrics["micro_f1"] == pytest.approx(2 * 3 / (4 + 8))
    # "c", which no row has, does not count.
    assert metrics["macro_f1"] == pytest.approx((1 + 0.5) / 2)
    assert metrics["per_label"]["b"] == {"precision": 0.5, "recall": 0.5, "support": 2, "threshold": 0.5}
    assert metrics["majority_class_accuracy"] == 0.25
    assert "confusion_matrix" not in metrics
    yes_or_no = classification_metrics(
        answered.float() * 2 - 1, true, Task(["a", "b", "c"], thresholds=[0.5, 0.5, 0.5])
    )
    assert yes_or_no["accuracy"] == 0.5
    assert yes_or_no["matthews_correlation"] == pytest.approx((3 * 7 - 1 * 1) / math.sqrt(4 * 4 * 8 * 8))


def test_a_threshold_is_where_f1_is_best_and_of_the_best_nearest_to_one_half() -> None:
    # Rows alike count as so many; the second label's scores part nothing, the third's first ten are worth a mistake.
    scores = torch.tensor([[0.4, 0.7, 0.9]] * 10 + [[0.3, 0.7, 0.2]] * 2 + [[0.1, 0.7, 0.3]] * 20)
    targets = torch.tensor([[1, 1, 1]] * 12 + [[0, 0, 0]] * 20, dtype=torch.bool)
    assert fitted_thresholds(scores.logit(), targets) == pytest.approx([0.2, 0.35, 0.6], abs=1e-6)
    # Two rows that all thresholds up to 0.7 part as well.
    scores = torch.tensor([[0.7, 0.5]] * 10 + [[0.1, 0.5]] * 10)
    targets = torch.tensor([[1, 1]] * 10 + [[0, 0]] * 10, dtype=torch.bool)
    assert fitted_thresholds(scores.logit(), targets)[0] == pytest.approx(0.4, abs=1e-6)


def test_rare_labels_have_the_threshold_of_all_together() -> None:
    scores = torch.tensor([[0.4, 0.1, 0.1]] * 10 + [[0.1, 0.3, 0.3]] * 9 + [[0.1, 0.1, 0.1]] * 20)
    targets = torch.tensor([[1, 0, 0]] * 10 + [[0, 1, 1]] * 9 + [[0, 0, 0]] * 20, dtype=torch.bool)
    assert fitted_thresholds(scores.logit(), targets) == pytest.approx([0.25, 0.2, 0.2], abs=1e-6)
    assert fitted_thresholds(scores.logit()[10:13], targets[10:13]) == [0.5, 0.5, 0.5]


def test_few_rows_untested_and_unfitted_labels_are_told() -> None:
    true = torch.tensor([0, 1] * 4)
    metrics = classification_metrics(torch.nn.functional.one_hot(true, 3).float(), true, Task(["a", "b", "c"]))
    assert metrics["per_label"]["c"] == {"precision": 0, "recall": 0, "support": 0}
    assert metrics["macro_f1"] == metrics["micro_f1"] == metrics["accuracy"] == 1
    assert cautions(metrics, true) == [
        "the test split has 8 rows, too few to tell much: with an accuracy of 1.000 on them, that on all texts like "
        "them is between 0.676 and 1.000 (95 % interval)",
        "the test split has no row of 1 label(s), which are not measured: 'c'",
        "the validation part has no row of 1 label(s), by which nothing is chosen: 'c'",
        "the validation part has 8 rows, too few to fit a temperature by (20), so that the scores may claim more than "
        "the model knows",
    ]
    true = torch.tensor([[True, True]] * 100)
    metrics = classification_metrics(torch.ones(100, 2), true, Task(["a", "b"], thresholds=[0.5, 0.9]))
    assert cautions(metrics, torch.tensor([[True, False]] * 20)) == [
        "the validation part has no row of 1 label(s), by which nothing is chosen: 'b'",
        "the validation part has fewer than 10 rows of 1 label(s), whose threshold is that of all labels together: 'b'",
    ]


def test_loss_and_calibration_error_are_those_of_the_tempered_scores_and_nothing_else_changes() -> None:
    true = torch.tensor([0, 0, 1])
    logits = torch.tensor([[4.0, 0.0], [0.0, 4.0], [0.0, 4.0]])
    plain = classification_metrics(logits, true, Task(["a", "b"]))
    tempered = classification_metrics(logits, true, Task(["a", "b"], temperature=4.0))
    assert tempered["loss"] == pytest.approx((2 * math.log(1 + math.exp(-1)) + math.log(1 + math.exp(1))) / 3)
    assert tempered["calibration_error"] == pytest.approx(1 / (1 + math.exp(-1)) - 2 / 3)
    assert tempered["uncalibrated"] == plain["uncalibrated"]
    assert plain["uncalibrated"] == {name: plain[name] for name in ("loss", "calibration_error")}
    changed = {name for name in plain if plain[name] != tempered[name]}  # type: ignore[literal-required]
    assert changed == {"loss", "calibration_error", "reliability", "by_threshold", "mistakes"}


def test_thresholds_are_of_tempered_scores() -> None:
    # A score of 0.9 is a logit of 2.2: half of such rows have the label, so that the fit takes them down to 0.5.
    scores = torch.tensor([[0.9]] * 40 + [[0.1]] * 40)
    targets = torch.tensor([[1]] * 30 + [[0]] * 10 + [[1]] * 10 + [[0]] * 30, dtype=torch.bool)
    task = fitted_task(Task(["a"], thresholds=[0.5]), scores.logit(), targets)
    assert task.temperature == pytest.approx(2.0, rel=0.03)
    fitted = classification_metrics(scores.logit(), targets, task)
    assert fitted["calibration_error"] < 0.01
    assert fitted["uncalibrated"]["calibration_error"] == pytest.approx(0.15, abs=1e-6)
    assert task.thresholds == fitted_thresholds(scores.logit().double() / task.temperature, targets)
