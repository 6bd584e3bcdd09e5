"""Answers requests with a traced model: the four handlers that SageMaker's Elastic Inference containers call.

Travels inside the traced artifact as code/inference.py, with contract.py and wordpiece.py beside it. The model runs on
the accelerator, through the API of PyTorch 1.3.1 or 1.5.1, whichever the image has; where there is none, on the CPU.
Keep to Python 3.6 and torch 1.3.1.
"""

import json
import os
from pathlib import Path
from typing import Any, Callable, List, NamedTuple

import torch

from contract import (
    NO_WINDOWS,
    Answer,
    Request,
    RequestError,
    Task,
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
from wordpiece import Tokenizer

__all__ = ["Classifier", "RequestError", "input_fn", "model_fn", "output_fn", "predict_fn"]

BATCH_SIZE = 32
# Between its scores and those of reference.json.
TOLERANCE = 1e-3
# Of which torch has types for a part only.
jit: Any = torch.jit

Forward = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


class ArtifactError(Exception):
    """The artifact cannot be trusted; the message says why, and how to mend it."""


class Classifier(NamedTuple):
    """A loaded artifact: `forward` takes input_ids and attention_mask to logits. The task is of single texts."""

    forward: Forward
    tokenizer: Tokenizer
    task: Task


def model_fn(model_dir: str) -> Classifier:
    """Loads the traced artifact, for the accelerator if the container has one."""
    # The accelerator, too, takes the model from the CPU.
    model = jit.load(str(Path(model_dir) / "model.pt"), map_location=torch.device("cpu")).eval()
    task = task_of(_read_json(model_dir, "config.json"))
    has_accelerator = os.environ.get("SAGEMAKER_INFERENCE_ACCELERATOR_PRESENT") == "true"
    classifier = Classifier(
        forward=_accelerated(model) if has_accelerator else model,
        tokenizer=Tokenizer(_read_json(model_dir, "tokenizer.json")),
        task=task._replace(description=describe(task, _read_json(model_dir, "metrics.json"))),
    )
    check(classifier, _read_json(model_dir, "reference.json"))
    return classifier


def check(classifier: Classifier, reference: Any) -> None:
    """Raises ArtifactError unless the scores of reference.json, those of fp32, are answered."""
    scores = torch.tensor(predict_fn(Request(read_texts(reference["texts"])), classifier).predictions)
    difference = float((scores - torch.tensor(reference["scores"]["fp32"])).abs().max())
    if not difference <= TOLERANCE:
        raise ArtifactError(
            f"this traced model's scores differ by {difference:.1e} from the trained model's, more than {TOLERANCE}: "
            "its files are not of one training, or the accelerator computes otherwise; trace the model again"
        )


def predict_fn(request: Request, classifier: Classifier) -> Answer:
    """The answer to a valid request. Raises RequestError for what the model does not read."""
    refuse_other_inputs(request, classifier.task)
    texts = [text for text in request.texts if isinstance(text, str)]
    tokenizer = classifier.tokenizer
    overflow = overflow_of(request, classifier.task)
    if overflow == "window":
        # The windows that it was judged by are longer than those that the accelerator has room for.
        raise RequestError(f"{NO_WINDOWS}, as it is a traced one: 'overflow' must be 'truncate' or 'error'")
    logits = []
    longer: List[int] = []
    with torch.no_grad():
        for start in range(0, len(texts), BATCH_SIZE):
            input_ids, attention_mask, is_cut = tokenizer(texts[start : start + BATCH_SIZE])
            longer += [start + row for row, cut in enumerate(is_cut) if cut]
            if longer and overflow == "error":
                raise too_long(longer[0], tokenizer.count(texts[longer[0]]), tokenizer.max_length)
            batch = (torch.tensor(rows, dtype=torch.int64) for rows in (input_ids, attention_mask))
            logits.append(classifier.forward(*batch))
    return answer(request, torch.cat(logits).tolist() if logits else [], classifier.task, longer)


def _read_json(model_dir: str, name: str) -> Any:
    return json.loads((Path(model_dir) / name).read_text(encoding="utf-8"))


def _accelerated(model: Any) -> Forward:
    """The model on the container's accelerator. Where torch is not Amazon's own, its refusal is the error."""
    try:
        import torcheia  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "torcheia":
            raise

        # PyTorch 1.3.1's image has no such module: its torch itself knows the accelerator.
        def forward(input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            with jit.optimized_execution(True, {"target_device": "eia:0"}):
                logits: torch.Tensor = model(input_ids, attention_mask)
            return logits

        return forward

    torch._C._jit_set_profiling_executor(False)
    attached = torcheia.jit.attach_eia(model, 0)

    def attached_forward(input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        with jit.optimized_execution(True):
            logits: torch.Tensor = attached(input_ids, attention_mask)
        return logits

    return attached_forward
