"""What one form of a model answers against another."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def softmax(logits: Sequence[Sequence[float]]) -> Any:
    powers = np.exp(np.array(logits) - np.max(logits, axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def changes(logits: Sequence[Sequence[float]], reference: Sequence[Sequence[float]]) -> tuple[Any, float]:
    """For each text by how much its scores differ at most, and the share of texts that get another label."""
    scores, known = softmax(logits), softmax(reference)
    return abs(scores - known).max(axis=1), float((scores.argmax(axis=1) != known.argmax(axis=1)).mean())
