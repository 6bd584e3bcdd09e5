"""Answers requests: the handlers that SageMaker's Hugging Face container and serve.py call.

Travels inside the artifact as code/inference.py, with contract.py (what requests and answers look like), reading.py
(what is read of a text), engines.py (what computes) and packing.py (what is computed together) beside it. Needs numpy
and tokenizers, and what the engine needs. Every function may be called from several threads at once.
"""

import itertools
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tokenizers import Encoding, Tokenizer

from contract import (
    Answer,
    Request,
    RequestError,
    Task,
    Text,
    answer,
    describe,
    input_fn,
    output_fn,
    overflow_of,
    read_texts,
    refuse_other_inputs,
    task_of,
    too_long,
)
from engines import Engine, load_engine, may_pad
from reading import Reader, Reading, logits_of_readings

__all__ = ["Classifier", "RequestError", "input_fn", "model_fn", "output_fn", "predict_batch", "predict_fn"]

# Texts that are tokenized before the first of them is computed: so many that lengths meet their like, and so few that
# the largest request takes no more memory than a large one.
TOKENIZED_TOGETHER = 2048

# Of the Hugging Face container: for each request they write times and metrics that nobody reads, which takes a tenth of
# the processor's time and, in CloudWatch, costs many times what the answer does.
CHATTY_LOGGERS = ("sagemaker_huggingface_inference_toolkit", "mms.service")


class ArtifactError(Exception):
    """The artifact cannot be trusted; the message says why, and how to mend it."""


@dataclass(frozen=True)
class Classifier:
    """A loaded artifact."""

    engine: Engine
    reader: Reader
    task: Task


class Input(NamedTuple):
    """A text, its index in its request, and what becomes of it if it is longer than the model takes."""

    text: Text
    place: int
    overflow: str


def model_fn(model_dir: str) -> Classifier:
    """Loads the artifact. Reads only `model_dir`, never the hub. Raises ArtifactError when it answers wrongly."""
    for name in CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    folder = Path(model_dir)
    task = task_of(_read_json(folder / "config.json"))
    metrics = folder / "metrics.json"
    task = task._replace(description=describe(task, _read_json(metrics) if metrics.exists() else {}))
    classifier = Classifier(load_engine(folder), load_reader(folder), task)
    reference = _read_json(folder / "reference.json")
    check(classifier, reference)
    return with_padding(classifier, reference)


def check(classifier: Classifier, reference: Any) -> None:
    """Raises ArtifactError unless the scores of reference.json are answered, in one of the forms that may serve."""
    scores = np.array(predict_fn(Request(read_texts(reference["texts"])), classifier).predictions)
    differences = {form: float(np.abs(scores - known).max()) for form, known in reference["scores"].items()}
    if not min(differences.values()) <= classifier.engine.tolerance:
        found = " and ".join(f"{difference:.1e} from those in {form}" for form, difference in differences.items())
        raise ArtifactError(
            f"this model's scores differ by {found}, more than {classifier.engine.tolerance}: its files are not of one "
            "training, or this machine computes otherwise; train the model again, or serve it on another instance type"
        )


def with_padding(classifier: Classifier, reference: Any) -> Classifier:
    """The same, which computes texts of unlike lengths together where that moves no answer too far."""
    engine, reader = classifier.engine, classifier.reader
    # The longest that the model knows the answer to.
    text = read_texts(reference["texts"])[-1]
    token_ids = reader.read(reader.tokenizer.encode_batch_fast([text])[0]).token_ids[0]
    padding = may_pad(engine, token_ids, reader.pad_token_id)
    return replace(classifier, engine=engine._replace(padding=padding))


def load_reader(folder: Path) -> Reader:
    """The artifact's tokenizer, and where it cuts texts: where training did."""
    choices = _read_json(folder / "tokenizer_config.json")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return Reader(
        tokenizer,
        pad_token_id=tokenizer.token_to_id(choices["pad_token"]),
        max_length=choices["model_max_length"],
        cuts_left=choices.get("truncation_side") == "left",
    )


def predict_fn(request: Request, classifier: Classifier) -> Answer:
    """The answer to a valid request. Raises RequestError for what the model does not read."""
    return predict_batch([request], classifier)[0]


def predict_batch(requests: Sequence[Request], classifier: Classifier) -> list[Answer]:
    """The answers to several requests, computed together: serve.py's hook for requests that wait at the same time."""
    for request in requests:
        refuse_other_inputs(request, classifier.task)
    inputs = [
        Input(text, place, overflow)
        for request in requests
        for overflow in [overflow_of(request, classifier.task)]
        for place, text in enumerate(request.texts)
    ]
    computed = compute(inputs, classifier)
    answers = []
    for request in requests:
        own = list(itertools.islice(computed, len(request.texts)))
        truncated = [index for index, (_, is_cut) in enumerate(own) if is_cut]
        answers.append(answer(request, [logits for logits, _ in own], classifier.task, truncated))
    return answers


def compute(inputs: Sequence[Input], classifier: Classifier) -> Iterator[tuple[list[float], bool]]:
    """For each input, in order, the logits of all labels, and whether it was cut. Raises RequestError."""
    reader = classifier.reader
    for start in range(0, len(inputs), TOKENIZED_TOGETHER):
        some = inputs[start : start + TOKENIZED_TOGETHER]
        encodings = reader.tokenizer.encode_batch_fast([given.text for given in some])
        readings = [read(given, encoding, reader) for given, encoding in zip(some, encodings, strict=True)]
        logits = logits_of_readings(classifier.engine, readings, reader.pad_token_id)
        for given, reading, row in zip(some, readings, logits, strict=True):
            yield row, given.overflow == "truncate" and reading.length > reader.max_length


def read(given: Input, encoding: Encoding, reader: Reader) -> Reading:
    """What the model reads of an input. Raises RequestError for one that is to be no longer than the model takes."""
    reading = reader.read(encoding, in_windows=given.overflow == "window")
    if given.overflow == "error" and reading.length > reader.max_length:
        raise too_long(given.place, reading.length, reader.max_length)
    return reading


def _read_json(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))
