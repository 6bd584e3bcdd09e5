"""Leaves out of a model what nothing reads while it is trained: what it learns is the same without it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

# Their classifiers read of the last layer the first token, and nothing else.
CLS_TOKEN_FAMILIES = ("bert", "camembert", "electra", "roberta", "xlm-roberta")


@contextmanager
def cls_token_only(model: Any) -> Iterator[None]:
    """Within, the last layer computes, after its attention, each text's first token alone.

    Its name is [CLS]; what the other tokens give it has reached it by then. Other families than BERT's stay as they
    are.
    """
    if model.config.model_type not in CLS_TOKEN_FAMILIES:
        yield
        return
    after_attention = model.base_model.encoder.layer[-1].attention.output
    hook = after_attention.register_forward_pre_hook(lambda _, inputs: tuple(states[:, :1] for states in inputs))
    try:
        yield
    finally:
        hook.remove()


@contextmanager
def trimmed_vocabulary(model: Any, token_ids: torch.Tensor) -> Iterator[None]:
    """Within, the model has word embeddings only for the tokens that occur in `token_ids`; create the optimizer within.

    All other rows have no gradient: AdamW would only let them decay, by a thousandth or so; here they stay what they
    are. Most rows of a small model's largest matrix are such rows, and each step would zero their gradients, send them
    to the other processes, and read and write them in the optimizer.

    Token ids stay what they are; one that does not occur is an IndexError.
    """
    embedding: torch.nn.Embedding = model.get_input_embeddings()
    whole, padding = embedding.weight, embedding.padding_idx
    used = torch.zeros(len(whole), dtype=torch.bool)
    used[token_ids.long()] = True
    if padding is not None:
        used[padding] = True
    row_of_token = (used.cumsum(0) - 1).masked_fill(~used, -1).to(whole.device)
    used = used.to(whole.device)

    embedding.weight = torch.nn.Parameter(whole.detach()[used])
    embedding.padding_idx = None if padding is None else int(row_of_token[padding])
    hook = embedding.register_forward_pre_hook(lambda _, inputs: (row_of_token[inputs[0]],))
    try:
        yield
    finally:
        hook.remove()
        with torch.no_grad():
            whole[used] = embedding.weight
        embedding.weight, embedding.padding_idx = whole, padding
