"""Answers requests: the four handlers that SageMaker's Hugging Face container and serve.py call.

Travels inside the artifact as code/inference.py and needs nothing but torch and transformers. Requests are JSON:

    "text" or ["text", ...]                        -> [[score, ...], ...], softmax, in the order of the label ids
    {"inputs": "text" or [...], "parameters": {}}  -> [[{"label": ..., "score": ...}, ...], ...], highest first

with the optional parameters top_k (all labels) and function_to_apply ("softmax", "sigmoid" or "none").
No text is logged, nor repeated in an error.
"""

import json
from dataclasses import dataclass
from typing import Any

import torch
import transformers
from transformers import AutoModelForSequenceClassification, AutoTokenizer

JSON = "application/json"
BATCH_SIZE = 32
FUNCTIONS = {
    "softmax": lambda logits: logits.softmax(dim=1),
    "sigmoid": lambda logits: logits.sigmoid(),
    "none": lambda logits: logits,
}


class RequestError(ValueError):
    """The request is at fault; the message says where and how to mend it."""


@dataclass(frozen=True)
class Classifier:
    """A loaded artifact; `labels` are in the order of their ids."""

    model: Any
    tokenizer: Any
    labels: list[str]
    device: torch.device


@dataclass(frozen=True)
class Request:
    """A valid request. Without `named` the answer is bare scores, with it label and score, at most `top_k` of them."""

    texts: list[str]
    named: bool = False
    top_k: int | None = None
    function_to_apply: str = "softmax"


def model_fn(model_dir: str) -> Classifier:
    """Loads the artifact, on the GPU if there is one. Reads only `model_dir`, never the hub."""
    transformers.logging.disable_progress_bar()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer = AutoTokenizer.from_pretrained(model_dir, local_files_only=True)
    model = AutoModelForSequenceClassification.from_pretrained(model_dir, local_files_only=True, dtype=torch.float32)
    model.eval().to(device)
    labels = [model.config.id2label[number] for number in range(model.config.num_labels)]
    return Classifier(model, tokenizer, labels, device)


def input_fn(body: str | bytes, content_type: str) -> Request:
    """Parses and validates a request. Raises RequestError."""
    if content_type.partition(";")[0].strip().lower() != JSON:
        raise RequestError(f"the content type must be {JSON}")
    try:
        payload = json.loads(body)
    except ValueError as error:
        raise RequestError("the body is not valid JSON") from error
    if not isinstance(payload, dict):
        return Request(_texts(payload))

    _refuse_unknown_fields(payload, {"inputs", "parameters"}, "the request")
    if "inputs" not in payload:
        raise RequestError("the request has no 'inputs'")
    parameters = payload.get("parameters")
    if parameters is None:
        parameters = {}
    if not isinstance(parameters, dict):
        raise RequestError("'parameters' must be an object")
    _refuse_unknown_fields(parameters, {"top_k", "function_to_apply"}, "'parameters'")
    top_k = parameters.get("top_k")
    if top_k is not None and (type(top_k) is not int or top_k < 1):
        raise RequestError("'top_k' must be a whole number, 1 or more")
    function_to_apply = parameters.get("function_to_apply")
    if function_to_apply is None:
        function_to_apply = "softmax"
    if function_to_apply not in list(FUNCTIONS):
        raise RequestError(f"'function_to_apply' must be one of {', '.join(FUNCTIONS)}")
    return Request(_texts(payload["inputs"]), named=True, top_k=top_k, function_to_apply=function_to_apply)


def predict_fn(request: Request, classifier: Classifier) -> list[list[Any]]:
    """One list per text, always: scores in the order of the label ids, or {"label", "score"} with the highest first."""
    rows: list[list[float]] = FUNCTIONS[request.function_to_apply](_logits(request.texts, classifier)).tolist()
    if not request.named:
        return rows
    return [_ranked(classifier.labels, row)[: request.top_k] for row in rows]


def output_fn(prediction: list[list[Any]], accept: str) -> str:
    """Writes the answer as JSON. Raises RequestError when the caller accepts no JSON."""
    accepted = {kind.partition(";")[0].strip().lower() for kind in accept.split(",")}
    if not accepted & {JSON, "application/*", "*/*"}:
        raise RequestError(f"the answer is {JSON}, which 'Accept' excludes")
    return json.dumps(prediction)


@torch.inference_mode()
def _logits(texts: list[str], classifier: Classifier) -> torch.Tensor:
    """Logits (texts x labels). Texts of like length go through the model together, so that padding costs little."""
    # Truncates at the tokenizer's model_max_length, which training set to its own max_length.
    encoded = classifier.tokenizer(texts, truncation=True, return_attention_mask=False, return_token_type_ids=False)
    token_ids = [torch.tensor(ids) for ids in encoded["input_ids"]]
    order = sorted(range(len(texts)), key=lambda index: len(token_ids[index]))
    logits = torch.empty(len(texts), len(classifier.labels))
    pad = torch.nn.utils.rnn.pad_sequence
    for start in range(0, len(order), BATCH_SIZE):
        batch = order[start : start + BATCH_SIZE]
        rows = [token_ids[index] for index in batch]
        input_ids = pad(rows, batch_first=True, padding_value=classifier.tokenizer.pad_token_id)
        attention_mask = pad([torch.ones_like(ids) for ids in rows], batch_first=True, padding_value=0)
        answer = classifier.model(
            input_ids=input_ids.to(classifier.device), attention_mask=attention_mask.to(classifier.device)
        )
        logits[batch] = answer.logits.cpu()
    return logits


def _texts(inputs: Any) -> list[str]:
    if isinstance(inputs, str):
        inputs = [inputs]
    if not isinstance(inputs, list) or not inputs:
        raise RequestError("the inputs must be a text or a list of texts, at least one")
    for index, text in enumerate(inputs):
        if not isinstance(text, str):
            raise RequestError(f"input {index} is not a text")
        if not text.strip():
            raise RequestError(f"input {index} is empty")
    return inputs


def _ranked(labels: list[str], scores: list[float]) -> list[dict[str, Any]]:
    ranked = sorted(zip(labels, scores, strict=True), key=lambda answer: answer[1], reverse=True)
    return [{"label": label, "score": score} for label, score in ranked]


def _refuse_unknown_fields(given: dict[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise RequestError(f"{where} has the unknown field {unknown[0]!r}; known are {', '.join(sorted(known))}")
