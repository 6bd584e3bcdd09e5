"""What a model's logits are divided by before they become scores, so that of answers scored 0.8 about 80 % are right.

Trained to the end, a model claims far more than it knows. One number mends most of it and changes no order of labels:
Guo et al., On Calibration of Modern Neural Networks, 2017, https://arxiv.org/abs/1706.04599
"""

import math
from typing import Any

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

# Beyond which a model knows nothing, or all: without an end, scores of any weights would become alike.
LOWEST, HIGHEST = 0.05, 20.0
# Of the validation part. Where logits are 1.5 times too large, ten rows mend nothing in the mean, and twenty do in
# three cases of four.
FEWEST_ROWS = 20


def fitted_temperature(logits: torch.Tensor, targets: torch.Tensor) -> float:
    """The temperature with the least loss over these rows of logits (rows x labels), 1 where they are too few to tell.

    As if there were one row more whose label is left to chance: of rows that are all answered right, be they a
    thousand, it does not follow that no answer is ever wrong, and the loss alone would go down to temperature 0.
    """
    rows = len(logits)
    if rows < FEWEST_ROWS:
        return 1.0
    logits = logits.double()
    chance = 1 / (rows + 1)
    logarithm = torch.zeros((), dtype=torch.float64, requires_grad=True)
    # Of which torch has types for a part only.
    optimizer: Any = torch.optim.LBFGS([logarithm], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        scaled = logits / logarithm.exp()
        if targets.ndim == 1:
            mean = cross_entropy(scaled, targets, label_smoothing=chance)
        else:
            mean = binary_cross_entropy_with_logits(scaled, targets * (1 - chance) + chance / 2)
        torch.autograd.backward(mean)
        return mean

    optimizer.step(loss)
    return min(max(math.exp(logarithm.item()), LOWEST), HIGHEST)
