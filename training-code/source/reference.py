"""Scores that go with an artifact, so that whatever is made of its weights elsewhere can be checked against them."""

from typing import Any

import torch

LENGTHS = (1.0, 0.6, 0.3, 0.0)


@torch.no_grad()
def reference_scores(model: Any, tokenizer: Any, seed: int) -> dict[str, list[list[Any]]]:
    """`input_ids`, `attention_mask` (each 4 rows x tokens) and the `logits` (4 rows x labels), by fp32 on the CPU.

    The rows are random tokens, never the dataset's texts, and as short as 3 tokens, which is what any sequence length
    has room for. Leaves the model on the CPU, in eval mode.
    """
    model.cpu().eval()
    width = min(64, tokenizer.model_max_length)
    lengths = [3 + round(share * (width - 3)) for share in LENGTHS]
    attention_mask = (torch.arange(width) < torch.tensor(lengths).unsqueeze(1)).long()
    chance = torch.Generator().manual_seed(seed)
    input_ids = torch.randint(model.config.vocab_size, attention_mask.shape, generator=chance)
    input_ids = torch.where(attention_mask == 1, input_ids, tokenizer.pad_token_id)
    logits = model(input_ids=input_ids, attention_mask=attention_mask).logits
    tensors = {"input_ids": input_ids, "attention_mask": attention_mask, "logits": logits}
    return {name: tensor.tolist() for name, tensor in tensors.items()}
