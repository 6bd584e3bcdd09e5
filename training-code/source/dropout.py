"""Dropout that the CPU draws fast: torch's takes a tenth of a small model's training, as it draws on one core only."""

import torch

VALUES = 2**16


class FastDropout(torch.nn.Dropout):
    """torch's Dropout, but for its random numbers: 16 bits per element, so that four share one draw; `p` is rounded."""

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Zeroes elements of `states`, of any shape, each with probability `p`, and scales the others up."""
        if not self.training or self.p == 0:
            return states
        count = states.numel()
        draws = torch.empty(-(-count // 4), dtype=torch.int64).random_(-(2**63), None)
        dropped = round(self.p * VALUES)
        kept = draws.view(torch.int16)[:count].view(states.shape) >= dropped - VALUES // 2
        return states * kept.to(states.dtype).mul_(VALUES / (VALUES - dropped))


def use_fast_dropout(model: torch.nn.Module) -> None:
    """Replaces all of the model's Dropouts. They have no weights, so that it is saved as if nothing had happened."""
    for module in list(model.modules()):
        for name, child in module.named_children():
            if type(child) is torch.nn.Dropout:
                setattr(module, name, FastDropout(child.p))
