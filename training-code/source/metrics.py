"""What the artifact's metrics.json says about the model: computed by scikit-learn over the whole test split."""

import math
from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    matthews_corrcoef,
    precision_recall_fscore_support,
)
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from contract import Task
from reliability import (
    AtThreshold,
    Mistake,
    ReliabilityBin,
    by_threshold,
    calibration_error,
    most_confident_mistakes,
    reliability_bins,
)
from temperature import FEWEST_ROWS as FEWEST_ROWS_OF_TEMPERATURE
from temperature import fitted_temperature

# What a threshold is where nothing says better.
THRESHOLD = 0.5
# Of a label, to fit a threshold of its own by.
FEWEST_ROWS = 10
# Below so many rows of the test split its accuracy is told with what it may be by chance.
MANY_ROWS = 100


class LabelMetrics(TypedDict):
    """How one label fares; `support` is its rows in the test split."""

    precision: float
    recall: float
    support: int
    # Of several labels a text alone: what the label's score must reach.
    threshold: NotRequired[float]


class Confidence(TypedDict):
    """How far scores are to be believed: their cross-entropy, and what they are off by in the mean."""

    loss: float
    calibration_error: float


class Metrics(Confidence):
    """Scores over `rows` rows of the test split. In `confusion_matrix` a row is the true label, a column the answer.

    Of several labels a text, `accuracy` is the share of texts with all labels right, Matthews correlation is that of
    each text's yes or no to each label, and there is no confusion matrix. `majority_class_accuracy` is what always
    answering the test split's most frequent label, or labels, would get. A label that the test split lacks does not
    count in `macro_f1`. `loss`, `calibration_error` and what reliability.py tells are of the scores as they are served,
    `uncalibrated` of what they were without the temperature.
    """

    uncalibrated: Confidence
    accuracy: float
    matthews_correlation: float
    micro_f1: float
    macro_f1: float
    majority_class_accuracy: float
    rows: int
    labels: list[str]
    per_label: dict[str, LabelMetrics]
    confusion_matrix: NotRequired[list[list[int]]]
    reliability: list[ReliabilityBin]
    by_threshold: list[AtThreshold]
    mistakes: list[Mistake]


def targets_of(labels_of_texts: Sequence[tuple[str, ...]], labels: list[str], several: bool) -> torch.Tensor:
    """What the model shall answer: label ids (rows), or of several labels a text, whether each is (rows x labels)."""
    number_of = {label: number for number, label in enumerate(labels)}
    if not several:
        return torch.tensor([number_of[label] for (label,) in labels_of_texts])
    targets = torch.zeros(len(labels_of_texts), len(labels), dtype=torch.bool)
    for row, row_labels in enumerate(labels_of_texts):
        targets[row, [number_of[label] for label in row_labels]] = True
    return targets


def summed_loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Cross-entropy in nats, summed over the rows; of several labels a text, the mean over the labels of each's own."""
    if targets.ndim == 1:
        return cross_entropy(logits, targets, reduction="sum")
    return binary_cross_entropy_with_logits(logits, targets.to(logits.dtype), reduction="sum") / targets.shape[1]


def predictions_of(logits: torch.Tensor, task: Task) -> NDArray[Any]:
    """What is answered, in the form of `targets_of`."""
    if task.thresholds is None:
        return logits.argmax(dim=1).numpy()
    scores = (logits.double() / task.temperature).sigmoid()
    return (scores >= torch.tensor(task.thresholds, dtype=torch.float64)).numpy()


def confidence(logits: torch.Tensor, targets: torch.Tensor) -> Confidence:
    """That of the scores that these logits (rows x labels) stand for."""
    return Confidence(
        loss=summed_loss(logits.double(), targets).item() / len(targets),
        calibration_error=calibration_error(logits, targets),
    )


def fitted_task(task: Task, logits: torch.Tensor, targets: torch.Tensor) -> Task:
    """The task with the temperature and, of several labels a text, the thresholds that fit these rows best.

    They shall not be those of the test split, and the logits (rows x labels) those of the very form that serves.
    """
    temperature = fitted_temperature(logits, targets)
    thresholds = None if task.thresholds is None else fitted_thresholds(logits.double() / temperature, targets)
    return task._replace(temperature=temperature, thresholds=thresholds)


def fitted_thresholds(logits: torch.Tensor, targets: torch.Tensor) -> list[float]:
    """For each label the threshold with the best F1 over these rows, which shall not be those of the test split.

    It is halfway between two scores; of several that are as good, the one nearest to THRESHOLD. Labels of fewer than
    FEWEST_ROWS rows have the one that is best for all labels together.
    """
    scores, true = logits.double().sigmoid().numpy(), targets.numpy()
    common = _fitted_threshold(scores.ravel(), true.ravel())
    return [
        _fitted_threshold(scores[:, label], true[:, label]) if rows >= FEWEST_ROWS else common
        for label, rows in enumerate(true.sum(axis=0))
    ]


def _fitted_threshold(scores: NDArray[np.float64], true: NDArray[np.bool_]) -> float:
    if true.sum() < FEWEST_ROWS:
        return THRESHOLD
    order = np.argsort(-scores, kind="stable")
    falling = np.append(scores[order], 0.0)
    found = np.cumsum(true[order])
    f1 = 2 * found / (np.arange(1, len(order) + 1) + true.sum())
    # Nothing parts equal scores.
    f1[falling[:-1] == falling[1:]] = -1
    halfway = (falling[:-1] + falling[1:]) / 2
    best = halfway[f1 == f1.max()]
    return float(best[np.abs(best - THRESHOLD).argmin()])


def classification_metrics(logits: torch.Tensor, targets: torch.Tensor, task: Task) -> Metrics:
    """Compares what is answered to logits (rows x labels) with the targets."""
    labels, thresholds = task.labels, task.thresholds
    true = targets.numpy()
    answered = predictions_of(logits, task)
    ids = range(len(labels))
    precision, recall, f1, support = precision_recall_fscore_support(true, answered, labels=ids, zero_division=0)
    per_label = {
        label: LabelMetrics(precision=float(precision[i]), recall=float(recall[i]), support=int(support[i]))
        for i, label in enumerate(labels)
    }
    for label, threshold in zip(per_label.values(), thresholds or [], strict=False):
        label["threshold"] = threshold
    tempered = logits.double() / task.temperature
    served = confidence(tempered, targets)
    metrics = Metrics(
        loss=served["loss"],
        calibration_error=served["calibration_error"],
        uncalibrated=confidence(logits, targets),
        accuracy=float(accuracy_score(true, answered)),
        matthews_correlation=float(matthews_corrcoef(true.ravel(), answered.ravel())),
        micro_f1=float(f1_score(true, answered, average="micro", zero_division=0)),
        macro_f1=float(f1[support > 0].mean()) if support.any() else 0.0,
        majority_class_accuracy=int(np.unique(true, axis=0, return_counts=True)[1].max()) / len(true),
        rows=len(true),
        labels=labels,
        per_label=per_label,
        reliability=reliability_bins(tempered, targets),
        by_threshold=by_threshold(tempered, targets),
        mistakes=most_confident_mistakes(tempered, targets, answered, labels),
    )
    if thresholds is None:
        metrics["confusion_matrix"] = confusion_matrix(true, answered, labels=ids).tolist()
    return metrics


def cautions(metrics: Metrics, validation: torch.Tensor) -> list[str]:
    """What is not measured or, by the validation part's targets, not fitted well, a sentence each."""
    sentences = []
    rows, accuracy = metrics["rows"], metrics["accuracy"]
    if rows < MANY_ROWS:
        lowest, highest = wilson_interval(accuracy, rows)
        sentences.append(
            f"the test split has {rows} rows, too few to tell much: with an accuracy of {accuracy:.3f} on them, that "
            f"on all texts like them is between {lowest:.3f} and {highest:.3f} (95 % interval)"
        )
    untested = [label for label, measured in metrics["per_label"].items() if not measured["support"]]
    if untested:
        sentences.append(
            f"the test split has no row of {len(untested)} label(s), which are not measured: {named(untested)}"
        )
    chosen_by = validation.bincount(minlength=len(metrics["labels"])) if validation.ndim == 1 else validation.sum(dim=0)
    unseen = [label for label, rows in zip(metrics["labels"], chosen_by.tolist(), strict=True) if not rows]
    if unseen:
        sentences.append(
            f"the validation part has no row of {len(unseen)} label(s), by which nothing is chosen: {named(unseen)}"
        )
    fitted_by = chosen_by.tolist() if validation.ndim == 2 else []
    if len(validation) < FEWEST_ROWS_OF_TEMPERATURE:
        sentences.append(
            f"the validation part has {len(validation)} rows, too few to fit a temperature by "
            f"({FEWEST_ROWS_OF_TEMPERATURE}), so that the scores may claim more than the model knows"
        )
    unfitted = [label for label, rows in zip(metrics["labels"], fitted_by, strict=False) if rows < FEWEST_ROWS]
    if unfitted:
        sentences.append(
            f"the validation part has fewer than {FEWEST_ROWS} rows of {len(unfitted)} label(s), whose threshold is "
            f"that of all labels together: {named(unfitted)}"
        )
    return sentences


def wilson_interval(share: float, rows: int) -> tuple[float, float]:
    """Wilson's interval, within which a share that was measured on so many rows lies in 95 % of cases."""
    z = 1.959964
    middle = share + z * z / (2 * rows)
    width = z * math.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows))
    return (middle - width) / (1 + z * z / rows), (middle + width) / (1 + z * z / rows)


def named(labels: list[str], most: int = 5) -> str:
    """The first of them, and how many more there are."""
    rest = len(labels) - most
    return ", ".join(repr(label) for label in labels[:most]) + (f" and {rest} more" if rest > 0 else "")
