"""Keeps the weights that did best on the validation part, and tells when no better ones are to be hoped for.

transformers' EarlyStoppingCallback and `load_best_model_at_end` do the same for its own Trainer alone, and by files.
"""

import math
from dataclasses import dataclass, field
from typing import Any, TypedDict

import torch

from metrics import Metrics


class Best(TypedDict):
    """Weights, on the CPU, and after how many steps they were measured."""

    step: int
    weights: dict[str, torch.Tensor]


@dataclass
class EarlyStopping:
    """What has been best so far by `metric`, one of those of metrics.json that grow with quality."""

    metric: str
    # So many measurements in turn that are no better, neither by the metric nor by the loss, end the training.
    patience: int
    best: Best | None = field(default=None, init=False)
    best_score: float = field(default=-math.inf, init=False)
    best_loss: float = field(default=math.inf, init=False)
    highest_score: float = field(default=-math.inf, init=False)
    lowest_loss: float = field(default=math.inf, init=False)
    stale: int = field(default=0, init=False)

    def measured(self, step: int, metrics: Metrics, weights: dict[str, Any]) -> None:
        """Keeps a copy of the weights unless earlier ones did better.

        Better is a score that is higher by more than chance may make of as good weights, which is the rule of one
        standard error: Breiman et al., Classification and Regression Trees, 1984, section 3.4.3. Of those that are as
        good, it is the lower loss, which few rows tell apart far more finely, while the highest of many scores is often
        luck (bench/README.md).
        """
        score, loss = float(metrics[self.metric]), metrics["loss"]  # type: ignore[literal-required]
        self.stale += 1
        # Before it answers any better, a model that learns is wrong with less conviction.
        if loss < self.lowest_loss:
            self.lowest_loss = loss
            self.stale = 0
        if score > self.highest_score:
            self.highest_score = score
            self.stale = 0
        as_good = self.highest_score - standard_error(self.highest_score, metrics["rows"])
        if self.best is None or (score >= as_good and (self.best_score < as_good or loss <= self.best_loss)):
            kept = {name: tensor.detach().to("cpu", copy=True) for name, tensor in weights.items()}
            self.best, self.best_score, self.best_loss = Best(step=step, weights=kept), score, loss

    @property
    def ends(self) -> bool:
        """Whether no better weights are to be hoped for."""
        return self.stale >= self.patience

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {
            "best": self.best,
            "best_score": self.best_score,
            "best_loss": self.best_loss,
            "highest_score": self.highest_score,
            "lowest_loss": self.lowest_loss,
            "stale": self.stale,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """From a checkpoint."""
        self.best, self.stale = state["best"], state["stale"]
        self.best_score, self.best_loss = state["best_score"], state["best_loss"]
        self.highest_score, self.lowest_loss = state["highest_score"], state["lowest_loss"]


def standard_error(score: float, rows: int) -> float:
    """By how much chance moves such a score over so many rows.

    It is that of a correlation, which Matthews' is: (1 - r²) / √n. Accuracy and F1 are moved by up to √n as much near
    1, where this lets the highest of them decide, and by less near zero.
    """
    return (1 - score**2) / math.sqrt(rows)
