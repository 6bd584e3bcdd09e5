"""What a model's scores are worth: how often it is right by how sure it is, and where it was sure and wrong."""

from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
import torch
from numpy.typing import NDArray

# Of equal width, that scores are put in.
BINS = 15
# What a score may have to reach, where one is asked for.
THRESHOLDS = tuple(step / 20 for step in range(20))
# Of the test split, the mistakes that are told.
MOST_MISTAKES = 20


class ReliabilityBin(TypedDict):
    """The answers with a score in one of the bins: how many, their mean score, and the share of them that is right."""

    answers: int
    score: float
    right: float


class AtThreshold(TypedDict):
    """What stays where a score must reach `threshold`: the share of answers that is right, and of labels that is found.

    `answers` are those that stay.
    """

    threshold: float
    precision: float
    recall: float
    answers: int


class Mistake(TypedDict):
    """A row whose answer is wrong. The first row is 2, as a spreadsheet counts those of a file with a header.

    `score` is that of the answer; of several labels a text, of the label that the model was most wrongly sure about,
    that it is there or that it is not.
    """

    row: int
    labels: list[str]
    answered: list[str]
    score: float


def scored_answers(logits: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores, and whether each is right: of the best label of each row, or of several labels a text, of every label."""
    if targets.ndim == 1:
        scores, answered = logits.double().softmax(dim=1).max(dim=1)
        return scores, answered == targets
    return logits.double().sigmoid().flatten(), targets.flatten()


def reliability_bins(logits: torch.Tensor, targets: torch.Tensor) -> list[ReliabilityBin]:
    """The bins that have any answers, the lowest scores first."""
    scores, right = scored_answers(logits, targets)
    bins = (scores * BINS).long().clamp(max=BINS - 1)
    counts = np.bincount(bins)
    return [
        ReliabilityBin(answers=int(count), score=float(score / count), right=float(hits / count))
        for count, score, hits in zip(
            counts, np.bincount(bins, weights=scores), np.bincount(bins, weights=right.double()), strict=True
        )
        if count
    ]


def calibration_error(logits: torch.Tensor, targets: torch.Tensor) -> float:
    """The expected calibration error: by how much the share of right answers and the mean score of answers differ.

    Taken in each bin, and averaged by the answers in them: Guo et al., 2017, section 2,
    https://arxiv.org/abs/1706.04599. Of several labels a text, the score of each label against how often it is right.
    """
    bins = reliability_bins(logits, targets)
    answers = sum(each["answers"] for each in bins)
    return sum(each["answers"] * abs(each["score"] - each["right"]) for each in bins) / answers


def by_threshold(logits: torch.Tensor, targets: torch.Tensor) -> list[AtThreshold]:
    """Precision and recall of all answers together for each of the thresholds that any answer reaches."""
    scores, right = scored_answers(logits, targets)
    # Of no label at all, none is missed.
    labels = max(1, len(targets) if targets.ndim == 1 else int(targets.sum()))
    stays = [(threshold, scores >= threshold) for threshold in THRESHOLDS]
    return [
        AtThreshold(
            threshold=threshold,
            precision=float(right[stay].double().mean()),
            recall=int(right[stay].sum()) / labels,
            answers=int(stay.sum()),
        )
        for threshold, stay in stays
        if stay.any()
    ]


def most_confident_mistakes(
    logits: torch.Tensor, targets: torch.Tensor, answered: NDArray[Any], labels: Sequence[str]
) -> list[Mistake]:
    """The rows that are answered wrong, those with the highest scores first.

    `answered` is in the form of the targets: label ids (rows), or whether each label is (rows x labels).
    """
    true = targets.numpy()
    if true.ndim == 1:
        confidence = np.where(true == answered, -1.0, scored_answers(logits, targets)[0].numpy())
    else:
        scores = logits.double().sigmoid().numpy()
        confidence = np.where(true == answered, -1.0, np.where(answered, scores, 1 - scores)).max(axis=1)
    worst = np.argsort(-confidence, kind="stable")[:MOST_MISTAKES]
    return [
        Mistake(
            row=int(row) + 2,
            labels=_names(true[row], labels),
            answered=_names(answered[row], labels),
            score=float(confidence[row]),
        )
        for row in worst
        if confidence[row] >= 0
    ]


def _names(target: Any, labels: Sequence[str]) -> list[str]:
    """Of one row's label id, or of whether each label is."""
    return [labels[int(label)] for label in (np.flatnonzero(target) if np.ndim(target) else [target])]
