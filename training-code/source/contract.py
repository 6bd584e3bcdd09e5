"""What requests and answers look like, whatever answers them. Requests are JSON:

    "text" or ["text", ...]                        -> [[score, ...], ...], in the order of the label ids
    {"inputs": "text" or [...], "parameters": {}}  -> [[{"label": ..., "score": ...}, ...], ...], highest first

with the optional parameters

    top_k              how many labels to name, else all
    function_to_apply  "softmax" or "sigmoid", of logits divided by the model's temperature, or "none", which gives the
                       logits as they are
    overflow           what becomes of an input that is longer than the model takes: "truncate" cuts it, "error" refuses
                       it, "window" reads all of it in overlapping windows and averages their logits, each by the tokens
                       that it adds; without it as in training
    min_score          from 0 to 1: inputs whose best score is below are told as uncertain

A model of pairs takes {"text": ..., "text_pair": ...} in place of each text, and reads no windows, for what one of both
texts means is in all of the other. A model of several labels a text scores by sigmoid where others do by softmax, and
names the labels that reach their thresholds, maybe none; with top_k it names the others too, after these. No text is
logged, nor repeated in an error.

Who accepts application/json;details=true is answered {"predictions": the above, "truncated_inputs": [index, ...],
"uncertain_inputs": [index, ...], "model_version": "..."}, and {"describe": true} by what `describe` says.

Travels inside every artifact as code/contract.py, the traced one included: keep to Python 3.6 and its standard library.
"""

import json
import math
import os
import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple, Union

JSON = "application/json"
# Artifacts of before, which know no such parameter, answer the predictions alone.
DETAILS = f"{JSON};details=true"

OVERFLOWS = ("truncate", "error", "window")

# What is classified: a text, or a pair of them.
Text = Union[str, Tuple[str, str]]
# The API knows this by heart, and the other sentences about a model and its inputs: lambda/classify/endpoint-error.ts.
NO_WINDOWS = "this model reads no windows"
# What may be the name of a field.
NAME = re.compile(r"[a-z][A-Za-z_]{0,29}\Z")
# How a pair is written, for what tells of it.
PAIR = '{"text": ..., "text_pair": ...}'


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


class Task(NamedTuple):
    """What a model reads and answers; `labels` are in the order of their ids.

    `thresholds` are what the sigmoid score of each label must reach, where a text may have several labels; else None.
    Logits are divided by `temperature` before they become scores. `overflow` is what becomes of longer inputs where the
    request does not say. `description` is that of the model in service, by `describe`; None in training.
    """

    labels: List[str]
    text_pair: bool = False
    thresholds: Optional[List[float]] = None
    temperature: float = 1.0
    overflow: str = "truncate"
    description: Optional[Dict[str, Any]] = None


class RequestError(ValueError):
    """The request is at fault; the message says where and how to mend it."""


class Request(NamedTuple):
    """A valid request. Without `named` the answer is bare scores, with it label and score, at most `top_k` of them.

    With `describe` it has no texts, and asks for the model's description instead.
    """

    texts: Sequence[Text]
    named: bool = False
    top_k: Optional[int] = None
    function_to_apply: Optional[str] = None
    overflow: Optional[str] = None
    min_score: Optional[float] = None
    describe: bool = False


class Answer(NamedTuple):
    """One list per text, always, and the indexes of the texts that were cut, and of those that are uncertain.

    `description` is set where that is what was asked for.
    """

    predictions: List[List[Any]]
    truncated_inputs: List[int]
    uncertain_inputs: List[int]
    model_version: Optional[str] = None
    description: Optional[Dict[str, Any]] = None


def input_fn(body: Union[str, bytes], content_type: str) -> Request:
    """Parses and validates a request. Raises RequestError."""
    if content_type.partition(";")[0].strip().lower() != JSON:
        raise RequestError(f"the content type must be {JSON}")
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RequestError("the body is not valid JSON") from error
    if not isinstance(payload, dict):
        return Request(read_texts(payload))
    if payload == {"describe": True}:
        return Request([], describe=True)

    _refuse_unknown_fields(payload, {"inputs", "parameters"}, "the request")
    if "inputs" not in payload:
        raise RequestError("the request has no 'inputs'")
    parameters = payload.get("parameters", {})
    if not isinstance(parameters, dict):
        raise RequestError("'parameters' must be an object")
    _check_parameters(parameters)
    return Request(read_texts(payload["inputs"]), named=True, **parameters)


def task_of(config: Dict[str, Any]) -> Task:
    """The task of the model whose config.json this is, as training or transformers wrote it."""
    # transformers leaves out what is its default.
    names = config.get("id2label", {"0": "LABEL_0", "1": "LABEL_1"})
    labels = [names[number] for number in sorted(names, key=int)]
    several = config.get("problem_type") == "multi_label_classification"
    thresholds = config.get("thresholds") or [0.5] * len(labels)
    return Task(
        labels=labels,
        text_pair=config.get("text_pair", False),
        thresholds=thresholds if several else None,
        temperature=config.get("score_temperature", 1.0),
        overflow=config.get("overflow", "truncate"),
    )


def describe(task: Task, metrics: Dict[str, Any]) -> Dict[str, Any]:
    """What a model in service says of itself, given its metrics.json.

    The variable MODEL_DATA_URL says where its artifact lies, and with that its version: the first digits of the hash
    that the quality gate stored it under, or the job that traced it; None elsewhere than in the pipeline's own folders.
    """
    url = os.environ.get("MODEL_DATA_URL")
    stored = re.match(r"s3://[^/]+/(?:models/([0-9a-f]{12})[0-9a-f]{52}|traced/([\w-]+))/", url or "")
    return {
        "version": (stored.group(1) or stored.group(2)) if stored else None,
        "model_data_url": url,
        "labels": task.labels,
        "text_pair": task.text_pair,
        "several_labels": task.thresholds is not None,
        "metrics": {name: value for name, value in metrics.items() if isinstance(value, (int, float))},
        "trained_at": metrics.get("training", {}).get("ended_at"),
    }


def read_texts(inputs: Any) -> List[Text]:
    """The texts or pairs that are the inputs of a request. Raises RequestError."""
    if isinstance(inputs, (str, dict)):
        inputs = [inputs]
    if not isinstance(inputs, list) or not inputs:
        raise RequestError(f"the inputs must be a text, a pair {PAIR} or a list of them, at least one")
    return [_read_text(given, f"input {index}") for index, given in enumerate(inputs)]


def refuse_other_inputs(request: Request, task: Task) -> None:
    """Raises RequestError for a pair where the model reads single texts, and for a single text where it reads pairs."""
    for index, text in enumerate(request.texts):
        if isinstance(text, tuple) is not task.text_pair:
            raise RequestError(
                f"input {index} is a single text: this model classifies pairs, {PAIR}"
                if task.text_pair
                else f"input {index} is a pair: this model classifies single texts"
            )


def overflow_of(request: Request, task: Task) -> str:
    """What becomes of longer inputs. Raises RequestError for windows of pairs."""
    overflow = request.overflow or task.overflow
    if overflow == "window" and task.text_pair:
        raise RequestError(f"{NO_WINDOWS}, as it classifies pairs: 'overflow' must be 'truncate' or 'error'")
    return overflow


def too_long(index: int, tokens: int, limit: int) -> RequestError:
    """The refusal of an input that is longer than the model takes."""
    return RequestError(
        f"input {index} has {tokens} tokens, more than the {limit} that this model takes: shorten it, or let "
        "'overflow' be 'truncate' or, for single texts, 'window'"
    )


def answer(request: Request, logits: List[List[float]], task: Task, truncated: Sequence[int] = ()) -> Answer:
    """The answer to a request from its texts' logits (texts x labels) and the indexes of those that were cut.

    One list per text, always: scores in the order of the label ids, or {"label", "score"} with the highest first.
    """
    function = request.function_to_apply or ("softmax" if task.thresholds is None else "sigmoid")
    tempered = [[logit / task.temperature for logit in row] for row in logits]
    scores = [FUNCTIONS[function](row) for row in (logits if function == "none" else tempered)]
    predictions: List[List[Any]] = scores
    if request.named:
        predictions = [_ranked(task, row, row_scores, request.top_k) for row, row_scores in zip(tempered, scores)]
    least = request.min_score
    uncertain = [] if least is None else [index for index, row in enumerate(scores) if max(row) < least]
    description = task.description or {}
    return Answer(
        predictions, list(truncated), uncertain, description.get("version"), description if request.describe else None
    )


def output_fn(prediction: Answer, accept: str) -> str:
    """Writes the answer as JSON. Raises RequestError when the caller accepts no JSON."""
    if prediction.description is not None:
        return json.dumps(prediction.description)
    accepted = ["".join(kind.split()).lower() for kind in accept.split(",")]
    if DETAILS in accepted:
        details = prediction._asdict()
        del details["description"]
        return json.dumps(details)
    if not {kind.partition(";")[0] for kind in accepted} & {JSON, "application/*", "*/*"}:
        raise RequestError(f"the answer is {JSON}, which 'Accept' excludes")
    return json.dumps(prediction.predictions)


def _check_parameters(parameters: Dict[str, Any]) -> None:
    _refuse_unknown_fields(parameters, {"top_k", "function_to_apply", "overflow", "min_score"}, "'parameters'")
    top_k = parameters.get("top_k", 1)
    if type(top_k) is not int or top_k < 1:
        raise RequestError("'top_k' must be a whole number, 1 or more")
    for name, choices in (("function_to_apply", list(FUNCTIONS)), ("overflow", list(OVERFLOWS))):
        if parameters.get(name, choices[0]) not in choices:
            raise RequestError(f"{name!r} must be one of {', '.join(choices)}")
    min_score = parameters.get("min_score", 0)
    if type(min_score) not in (int, float) or not 0 <= min_score <= 1:
        raise RequestError("'min_score' must be a number from 0 to 1")
    if "min_score" in parameters and parameters.get("function_to_apply") == "none":
        raise RequestError("'min_score' goes with no 'function_to_apply' of 'none', which gives logits and no scores")


def _read_text(given: Any, where: str) -> Text:
    if isinstance(given, dict):
        # Not by its name: who takes a field's name for its value sends a text there.
        if set(given) - {"text", "text_pair"}:
            raise RequestError(f"{where} has an unknown field; a pair is {PAIR}")
        missing = [name for name in ("text", "text_pair") if name not in given]
        if missing:
            raise RequestError(f"{where} has no {missing[0]!r}; a pair is {PAIR}")
        return _checked(given["text"], f"'text' of {where}"), _checked(given["text_pair"], f"'text_pair' of {where}")
    return _checked(given, where)


def _checked(text: Any, where: str) -> str:
    if not isinstance(text, str):
        raise RequestError(f"{where} is not a text")
    try:
        text.encode()
    except UnicodeEncodeError:
        # JSON can say so; no tokenizer can read it.
        raise RequestError(f"{where} is not valid Unicode: it has half of a surrogate pair") from None
    if not text.strip():
        raise RequestError(f"{where} is empty")
    return text


def _ranked(task: Task, tempered: List[float], scores: List[float], top_k: Optional[int]) -> List[Dict[str, Any]]:
    # As many labels as scores: the model's config names each row of its head.
    reached = [True] * len(scores)
    if task.thresholds is not None:
        reached = [score >= threshold for score, threshold in zip(_sigmoid(tempered), task.thresholds)]
    ranked = sorted(zip(reached, scores, task.labels), key=lambda answer: answer[:2], reverse=True)
    return [{"label": label, "score": score} for _, score, label in ranked[: sum(reached) if top_k is None else top_k]]


def _refuse_unknown_fields(given: Dict[str, Any], known: Set[str], where: str) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        # Who takes a field's name for its value sends a text there.
        field = f"the unknown field {unknown[0]!r}" if NAME.match(unknown[0]) else "an unknown field"
        raise RequestError(f"{where} has {field}; known are {', '.join(sorted(known))}")
