"""How long is trained, in which steps, and what the steps make smaller.

transformers' get_linear_schedule_with_warmup begins a warm-up with a factor of 0, so that the first step changes
nothing: of the few steps that fine-tuning takes, `warm_up_then_decay` wastes none.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

# Of a training whose length is chosen by the size of its data: every row is seen a few times, and few rows often enough
# for so many steps; more than the most only learns them by heart. Early stopping ends it before, where that is better.
# Fewer steps leave it to chance what is learned (Zhang et al., Revisiting Few-sample BERT Fine-tuning, 2021; here, by
# bench -- quality).
FEWEST_EPOCHS, MOST_EPOCHS = 3, 40
FEWEST_STEPS = 1000


def epochs_for(rows: int, batch_size: int) -> int:
    """Passes over so many rows, where none are asked for."""
    enough = math.ceil(FEWEST_STEPS / math.ceil(rows / batch_size))
    return min(max(enough, FEWEST_EPOCHS), MOST_EPOCHS)


def parameter_groups(model: torch.nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Weight matrices decay; biases and LayerNorms, the parameters with one dimension, do not."""
    parameters = list(model.parameters())
    return [
        {"params": [p for p in parameters if p.ndim >= 2], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]


def warm_up_then_decay(steps: int, warmup_ratio: float) -> Callable[[int], float]:
    """The learning rate's factor in step 0, 1, ...: linearly up to 1 in the warm-up, then linearly down to 0."""
    warm_up = int(steps * warmup_ratio)
    # Of a warm-up that is the whole training nothing is left to go down in.
    return lambda step: min((step + 1) / (warm_up + 1), (steps - step) / max(steps - warm_up, 1))


def balanced_weights(targets: torch.Tensor) -> torch.Tensor:
    """What a row of each label counts, so that all labels together count alike; of targets as in metrics.targets_of.

    Of one label a text: rows / (labels x rows of the label), scikit-learn's `class_weight="balanced"`, 1 in the mean
    over the rows. Of several: what a text that has the label counts against one that has not, rows without / rows with
    it, as torch's `pos_weight`. A label without rows has 1.
    """
    if targets.ndim == 2:
        having = targets.sum(dim=0)
        return torch.where(having > 0, (len(targets) - having) / having.clamp(min=1), 1.0)
    having = targets.bincount()
    return torch.where(having > 0, len(targets) / (len(having) * having.clamp(min=1)), 1.0)


@dataclass(frozen=True)
class TrainingLoss:
    """What training makes smaller: cross-entropy in nats, as metrics.summed_loss, with weights and smoothing of labels.

    `weights` are those of `balanced_weights`, None where every row counts the same. Of the target, `smoothing` is given
    to all labels alike. What a row counts is by its own label, also for what smoothing gives to the others: by torch's
    `weight` and `pos_weight` that would count by theirs, and a sure row of a frequent label be pulled to a rare one.
    """

    weights: torch.Tensor | None
    smoothing: float

    def __call__(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Summed over the rows; of several labels a text, the mean over the labels of each's own."""
        weights = None if self.weights is None else self.weights.to(logits.device)
        if targets.ndim == 1:
            losses = cross_entropy(logits, targets, reduction="none", label_smoothing=self.smoothing)
            return (losses if weights is None else losses * weights[targets]).sum()
        smoothed = targets.to(logits.dtype) * (1 - self.smoothing) + self.smoothing / 2
        counts = None if weights is None else torch.where(targets, weights, 1.0)
        losses = binary_cross_entropy_with_logits(logits, smoothed, weight=counts, reduction="sum")
        return losses / targets.shape[1]


def autocast_type(precision: str, device: torch.device) -> torch.dtype | None:
    """The type to compute in, None being fp32: bf16 only where the hardware multiplies it, as emulated it is slow."""
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        # torch has public names for this only from 2.10 on, and the training container has 2.9.
        native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if precision == "bf16" or (precision == "auto" and native) else None
