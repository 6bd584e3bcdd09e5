"""Keeps the weights that did best on the validation part, and tells when no better ones are to be hoped for.

transformers' EarlyStoppingCallback and `load_best_model_at_end` do the same for its own Trainer alone, and by files.
"""

import math
from dataclasses import dataclass, field
from typing import Any, TypedDict

import torch

from metrics import Metrics


class Best(TypedDict):
    """Weights, on the CPU, after how many steps they were measured, and how well they did."""

    step: int
    score: float
    loss: float
    weights: dict[str, torch.Tensor]


@dataclass
class EarlyStopping:
    """What has been best so far by `metric`, one of those of metrics.json that grow with quality."""

    metric: str
    # So many measurements in turn that are no better, neither by the metric nor by the loss, end the training.
    patience: int
    best: Best | None = field(default=None, init=False)
    lowest_loss: float = field(default=math.inf, init=False)
    stale: int = field(default=0, init=False)

    def measured(self, step: int, metrics: Metrics, weights: dict[str, Any]) -> None:
        """Keeps a copy of the weights if they are the best; of two that are as good, those with the lower loss."""
        score, loss = float(metrics[self.metric]), metrics["loss"]  # type: ignore[literal-required]
        self.stale += 1
        # Before it answers any better, a model that learns is wrong with less conviction.
        if loss < self.lowest_loss:
            self.lowest_loss = loss
            self.stale = 0
        if self.best is None or (score, -loss) > (self.best["score"], -self.best["loss"]):
            kept = {name: tensor.detach().to("cpu", copy=True) for name, tensor in weights.items()}
            self.best = Best(step=step, score=score, loss=loss, weights=kept)
            self.stale = 0

    @property
    def ends(self) -> bool:
        """Whether no better weights are to be hoped for."""
        return self.stale >= self.patience

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"best": self.best, "lowest_loss": self.lowest_loss, "stale": self.stale}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """From a checkpoint."""
        self.best, self.lowest_loss, self.stale = state["best"], state["lowest_loss"], state["stale"]
