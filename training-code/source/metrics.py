"""What the artifact's metrics.json says about the model: computed by scikit-learn over the whole test split."""

from typing import TypedDict

import torch
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    matthews_corrcoef,
    precision_recall_fscore_support,
)
from torch.nn.functional import cross_entropy


class LabelMetrics(TypedDict):
    """How one label fares; `support` is its rows in the test split."""

    precision: float
    recall: float
    support: int


class Metrics(TypedDict):
    """Scores over `rows` rows of the test split. In `confusion_matrix` a row is the true label, a column the answer."""

    loss: float
    accuracy: float
    matthews_correlation: float
    macro_f1: float
    majority_class_accuracy: float
    rows: int
    labels: list[str]
    per_label: dict[str, LabelMetrics]
    confusion_matrix: list[list[int]]


def classification_metrics(logits: torch.Tensor, label_ids: torch.Tensor, labels: list[str]) -> Metrics:
    """Compares logits (rows x labels) with the true label ids (rows). The loss is the mean cross-entropy in nats."""
    true = label_ids.numpy()
    answered = logits.argmax(dim=1).numpy()
    ids = range(len(labels))
    precision, recall, _, support = precision_recall_fscore_support(true, answered, labels=ids, zero_division=0)
    return Metrics(
        loss=cross_entropy(logits.double(), label_ids).item(),
        accuracy=float(accuracy_score(true, answered)),
        matthews_correlation=float(matthews_corrcoef(true, answered)),
        macro_f1=float(f1_score(true, answered, labels=ids, average="macro", zero_division=0)),
        majority_class_accuracy=int(support.max()) / len(true),
        rows=len(true),
        labels=labels,
        per_label={
            label: LabelMetrics(precision=float(precision[i]), recall=float(recall[i]), support=int(support[i]))
            for i, label in enumerate(labels)
        },
        confusion_matrix=confusion_matrix(true, answered, labels=ids).tolist(),
    )
