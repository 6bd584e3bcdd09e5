"""Texts with known scores: what is deployed is asked for them, so that a wrong file, tokenizer or processor is found.

reference.json in an artifact, at its root beside config.json:

    {"texts": ["a lamp", ...],            neutral sentences of this module, never the dataset's
                                           of pairs {"text": ..., "text_pair": ...}
     "tokens": [4, ...],                  length of each, the model's own tokens included, cut at the model's longest
     "labels": ["acceptable", ...],       in the order of their ids
     "scores": {"fp32": [[0.9, 0.1], ...], "int8": [[0.91, 0.09], ...]}}

`scores` has, for each form of the model that may serve, each text's scores in the order of `labels`, by softmax or, of
several labels a text, by sigmoid, of texts that are longer than the model takes as `overflow` in config.json has it
("error" leaves them out): what an endpoint answers to the JSON of `texts` as its whole request. fp32 is always
there, int8 only where model.onnx is in int8. An answer is right when it is within 1e-3 of one form, 1e-2 of fp32 on a
GPU, which multiplies as TF32. A traced artifact has a reference.json of its own, with the texts that its sequence
length has room for, and fp32 alone.
"""

import itertools
from collections.abc import Mapping
from typing import Any, TypedDict

from contract import Request, Task, Text, answer
from engines import Engine
from reading import logits_of_readings, reader_of

TEXT = (
    "the lamp on the table is green and a boat that nobody has painted lies beside the old bridge where two cats were "
    "sleeping when it began to rain so we went home and asked our neighbour about the way to the station"
)
# Of the texts, in words: from the shortest to one that most models' longest cuts.
LENGTHS = (1, 4, 10, 24, 60, 150)


class Reference(TypedDict):
    """What reference.json holds; see above."""

    texts: list[str | dict[str, str]]
    tokens: list[int]
    labels: list[str]
    scores: dict[str, list[list[float]]]


def neutral_texts() -> list[str]:
    """Texts of 1 to 40 words, for what needs any and has no others."""
    words = TEXT.split()
    return [" ".join(words[first : first + length]) for first in range(0, 39, 3) for length in (1, 4, 10, 20, 40)]


def reference_of(forms: Mapping[str, Engine], tokenizer: Any, task: Task) -> Reference:
    """The scores of each form, by its name; `tokenizer` is transformers', which cuts at its `model_max_length`."""
    words = list(itertools.islice(itertools.cycle(TEXT.split()), max(LENGTHS)))
    # Of a pair, the second begins elsewhere.
    texts: list[Text] = [
        (" ".join(words[:length]), " ".join(words[-length:])) if task.text_pair else " ".join(words[:length])
        for length in LENGTHS
    ]
    reader = reader_of(tokenizer)
    encodings = reader.tokenizer.encode_batch_fast(texts)
    readings = [reader.read(encoding, in_windows=task.overflow == "window") for encoding in encodings]
    if task.overflow == "error":
        fitting = [index for index, reading in enumerate(readings) if reading.length <= reader.max_length]
        texts, readings = [texts[index] for index in fitting], [readings[index] for index in fitting]
    scores = {
        form: answer(Request(texts), logits_of_readings(engine, readings, reader.pad_token_id), task).predictions
        for form, engine in forms.items()
    }
    return {
        "texts": [text if isinstance(text, str) else {"text": text[0], "text_pair": text[1]} for text in texts],
        "tokens": [min(reading.length, reader.max_length) for reading in readings],
        "labels": task.labels,
        "scores": scores,
    }
