"""What requests and answers look like, whatever answers them. Requests are JSON:

    "text" or ["text", ...]                        -> [[score, ...], ...], softmax, in the order of the label ids
    {"inputs": "text" or [...], "parameters": {}}  -> [[{"label": ..., "score": ...}, ...], ...], highest first

with the optional parameters top_k (all labels) and function_to_apply ("softmax", "sigmoid" or "none").
No text is logged, nor repeated in an error.

Travels inside every artifact as code/contract.py, the traced one included: keep to Python 3.6 and its standard library.
"""

import json
import math
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Set, Tuple, Union

JSON = "application/json"

# What is classified: a text, or a pair of them.
Text = Union[str, Tuple[str, str]]


def _softmax(row: List[float]) -> List[float]:
    highest = max(row)
    powers = [math.exp(logit - highest) for logit in row]
    total = sum(powers)
    return [power / total for power in powers]


def _sigmoid(row: List[float]) -> List[float]:
    # Of tanh, which no logit is too large for.
    return [0.5 + 0.5 * math.tanh(0.5 * logit) for logit in row]


# Of one text's logits: two numbers or twenty are sooner computed than handed to a library.
FUNCTIONS: Dict[str, Callable[[List[float]], List[float]]] = {
    "softmax": _softmax,
    "sigmoid": _sigmoid,
    "none": lambda row: row,
}


class RequestError(ValueError):
    """The request is at fault; the message says where and how to mend it."""


class Request(NamedTuple):
    """A valid request. Without `named` the answer is bare scores, with it label and score, at most `top_k` of them."""

    texts: List[Text]
    named: bool = False
    top_k: Optional[int] = None
    function_to_apply: str = "softmax"


def input_fn(body: Union[str, bytes], content_type: str) -> Request:
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
    parameters = payload.get("parameters", {})
    if not isinstance(parameters, dict):
        raise RequestError("'parameters' must be an object")
    _refuse_unknown_fields(parameters, {"top_k", "function_to_apply"}, "'parameters'")
    top_k = parameters.get("top_k")
    if "top_k" in parameters and (type(top_k) is not int or top_k < 1):
        raise RequestError("'top_k' must be a whole number, 1 or more")
    function_to_apply = parameters.get("function_to_apply", "softmax")
    if function_to_apply not in list(FUNCTIONS):
        raise RequestError(f"'function_to_apply' must be one of {', '.join(FUNCTIONS)}")
    return Request(_texts(payload["inputs"]), named=True, top_k=top_k, function_to_apply=function_to_apply)


def answer(request: Request, logits: List[List[float]], labels: List[str]) -> List[List[Any]]:
    """The answer to a request from its texts' logits (texts x labels); `labels` in the order of their ids.

    One list per text, always: scores in the order of the label ids, or {"label", "score"} with the highest first.
    """
    rows = [FUNCTIONS[request.function_to_apply](row) for row in logits]
    if not request.named:
        return rows
    return [_ranked(labels, row)[: request.top_k] for row in rows]


def output_fn(prediction: List[List[Any]], accept: str) -> str:
    """Writes the answer as JSON. Raises RequestError when the caller accepts no JSON."""
    accepted = {kind.partition(";")[0].strip().lower() for kind in accept.split(",")}
    if not accepted & {JSON, "application/*", "*/*"}:
        raise RequestError(f"the answer is {JSON}, which 'Accept' excludes")
    return json.dumps(prediction)


def _texts(inputs: Any) -> List[Text]:
    if isinstance(inputs, str):
        inputs = [inputs]
    if not isinstance(inputs, list) or not inputs:
        raise RequestError("the inputs must be a text or a list of texts, at least one")
    for index, text in enumerate(inputs):
        if not isinstance(text, str):
            raise RequestError(f"input {index} is not a text")
        try:
            text.encode()
        except UnicodeEncodeError:
            # JSON can say so; no tokenizer can read it.
            raise RequestError(f"input {index} is not valid Unicode: it has half of a surrogate pair") from None
        if not text.strip():
            raise RequestError(f"input {index} is empty")
    return inputs


def _ranked(labels: List[str], scores: List[float]) -> List[Dict[str, Any]]:
    # As many labels as scores: the model's config names each row of its head.
    ranked = sorted(zip(labels, scores), key=lambda answer: answer[1], reverse=True)
    return [{"label": label, "score": score} for label, score in ranked]


def _refuse_unknown_fields(given: Dict[str, Any], known: Set[str], where: str) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise RequestError(f"{where} has the unknown field {unknown[0]!r}; known are {', '.join(sorted(known))}")
