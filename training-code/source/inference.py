"""Answers requests: the handlers that SageMaker's Hugging Face container and serve.py call.

Travels inside the artifact as code/inference.py, with contract.py (what requests and answers look like), engines.py
(what computes) and packing.py (what is computed together) beside it. Needs numpy and tokenizers, and what the engine
needs. Every function may be called from several threads at once.
"""

import itertools
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from contract import (
    Request,
    RequestError,
    Task,
    Text,
    answer,
    input_fn,
    output_fn,
    read_texts,
    refuse_other_inputs,
    task_of,
)
from engines import Engine, load_engine, logits_in_order

__all__ = ["Classifier", "RequestError", "input_fn", "model_fn", "output_fn", "predict_batch", "predict_fn"]

# Texts that are tokenized before the first of them is computed: so many that lengths meet their like, and so few that
# the largest request takes no more memory than a large one.
WINDOW = 2048

# Of the Hugging Face container: for each request they write times and metrics that nobody reads, which takes a tenth of
# the processor's time and, in CloudWatch, costs many times what the answer does.
CHATTY_LOGGERS = ("sagemaker_huggingface_inference_toolkit", "mms.service")


class ArtifactError(Exception):
    """The artifact cannot be trusted; the message says why, and how to mend it."""


@dataclass(frozen=True)
class Classifier:
    """A loaded artifact."""

    engine: Engine
    tokenizer: Tokenizer
    pad_token_id: int
    task: Task


def model_fn(model_dir: str) -> Classifier:
    """Loads the artifact. Reads only `model_dir`, never the hub. Raises ArtifactError when it answers wrongly."""
    for name in CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    folder = Path(model_dir)
    tokenizer, pad_token_id = load_tokenizer(folder)
    classifier = Classifier(load_engine(folder), tokenizer, pad_token_id, task_of(_read_json(folder / "config.json")))
    check(classifier, _read_json(folder / "reference.json"))
    return classifier


def check(classifier: Classifier, reference: Any) -> None:
    """Raises ArtifactError unless the scores of reference.json are answered, in one of the forms that may serve."""
    scores = np.array(predict_fn(Request(read_texts(reference["texts"])), classifier))
    differences = {form: float(np.abs(scores - known).max()) for form, known in reference["scores"].items()}
    if not min(differences.values()) <= classifier.engine.tolerance:
        found = " and ".join(f"{difference:.1e} from those in {form}" for form, difference in differences.items())
        raise ArtifactError(
            f"this model's scores differ by {found}, more than {classifier.engine.tolerance}: its files are not of one "
            "training, or this machine computes otherwise; train the model again, or serve it on another instance type"
        )


def load_tokenizer(folder: Path) -> tuple[Tokenizer, int]:
    """The artifact's tokenizer, which cuts texts where training did and does not pad, and the id to pad with."""
    choices = _read_json(folder / "tokenizer_config.json")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(choices["model_max_length"], direction=choices.get("truncation_side", "right"))
    tokenizer.no_padding()
    return tokenizer, tokenizer.token_to_id(choices["pad_token"])


def predict_fn(request: Request, classifier: Classifier) -> list[list[Any]]:
    """The answer to a valid request: one list per text, always. RequestError for what the model does not read."""
    return predict_batch([request], classifier)[0]


def predict_batch(requests: Sequence[Request], classifier: Classifier) -> list[list[list[Any]]]:
    """The answers to several requests, computed together: serve.py's hook for requests that wait at the same time."""
    for request in requests:
        refuse_other_inputs(request, classifier.task)
    texts = [text for request in requests for text in request.texts]
    logits = iter(compute_logits(texts, classifier))
    return [
        answer(request, list(itertools.islice(logits, len(request.texts))), classifier.task) for request in requests
    ]


def compute_logits(texts: Sequence[Text], classifier: Classifier) -> list[list[float]]:
    """Logits (texts x labels), in the order of the texts."""
    logits: list[list[float]] = []
    for start in range(0, len(texts), WINDOW):
        encodings = classifier.tokenizer.encode_batch_fast(texts[start : start + WINDOW])
        token_ids = [encoding.ids for encoding in encodings]
        types = [encoding.type_ids for encoding in encodings] if classifier.engine.token_types else None
        logits += logits_in_order(classifier.engine, token_ids, classifier.pad_token_id, types)
    return logits


def _read_json(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))
