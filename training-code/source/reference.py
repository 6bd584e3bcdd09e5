"""Texts with known scores: what is deployed is asked for them, so that a wrong file, tokenizer or processor is found.

reference.json in an artifact, at its root beside config.json:

    {"texts": ["a lamp", ...],            neutral sentences of this module, never the dataset's
     "tokens": [4, ...],                  length of each, the model's own tokens included, cut at the model's longest
     "labels": ["acceptable", ...],       in the order of their ids
     "scores": {"fp32": [[0.9, 0.1], ...], "int8": [[0.91, 0.09], ...]}}

`scores` has, for each form of the model that may serve, the softmax of each text's logits in the order of `labels`:
what an endpoint answers to the JSON of `texts` as its whole request. fp32 is always there, int8 only where model.onnx
is in int8. An answer is right when it is within 1e-3 of one form, 1e-2 of fp32 on a GPU that computes in bf16. A traced
artifact has a reference.json of its own, with the texts that its sequence length has room for, and fp32 alone.
"""

import itertools
from collections.abc import Mapping
from typing import Any, TypedDict

from contract import FUNCTIONS
from engines import Engine, logits_in_order

TEXT = (
    "the lamp on the table is green and a boat that nobody has painted lies beside the old bridge where two cats were "
    "sleeping when it began to rain so we went home and asked our neighbour about the way to the station"
)
# Of the texts, in words: from the shortest to one that most models' longest cuts.
LENGTHS = (1, 4, 10, 24, 60, 150)


class Reference(TypedDict):
    """What reference.json holds; see above."""

    texts: list[str]
    tokens: list[int]
    labels: list[str]
    scores: dict[str, list[list[float]]]


def reference_of(forms: Mapping[str, Engine], tokenizer: Any, labels: list[str]) -> Reference:
    """The scores of each form, by its name; `tokenizer` is transformers', which cuts at its `model_max_length`."""
    words = list(itertools.islice(itertools.cycle(TEXT.split()), max(LENGTHS)))
    texts = [" ".join(words[:length]) for length in LENGTHS]
    token_ids = tokenizer(texts, truncation=True)["input_ids"]
    scores = {
        form: [FUNCTIONS["softmax"](row) for row in logits_in_order(engine, token_ids, tokenizer.pad_token_id)]
        for form, engine in forms.items()
    }
    return {"texts": texts, "tokens": [len(ids) for ids in token_ids], "labels": labels, "scores": scores}
