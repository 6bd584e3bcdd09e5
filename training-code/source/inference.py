"""Answers requests: the four handlers that SageMaker's Hugging Face container and serve.py call.

Travels inside the artifact as code/inference.py and needs nothing but torch, transformers and contract.py beside it,
which says what requests and answers look like.
"""

from dataclasses import dataclass
from typing import Any

import torch
import transformers
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from contract import Request, RequestError, answer, input_fn, output_fn

__all__ = ["Classifier", "RequestError", "input_fn", "model_fn", "output_fn", "predict_fn"]

BATCH_SIZE = 32


@dataclass(frozen=True)
class Classifier:
    """A loaded artifact; `labels` are in the order of their ids."""

    model: Any
    tokenizer: Any
    labels: list[str]
    device: torch.device


def model_fn(model_dir: str) -> Classifier:
    """Loads the artifact, on the GPU if there is one. Reads only `model_dir`, never the hub."""
    transformers.logging.disable_progress_bar()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer = AutoTokenizer.from_pretrained(model_dir, local_files_only=True)
    model = AutoModelForSequenceClassification.from_pretrained(model_dir, local_files_only=True, dtype=torch.float32)
    model.eval().to(device)
    labels = [model.config.id2label[number] for number in range(model.config.num_labels)]
    return Classifier(model, tokenizer, labels, device)


def predict_fn(request: Request, classifier: Classifier) -> list[list[Any]]:
    """The answer to a valid request: one list per text, always."""
    return answer(request, _logits(request.texts, classifier), classifier.labels)


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
        output = classifier.model(
            input_ids=input_ids.to(classifier.device), attention_mask=attention_mask.to(classifier.device)
        )
        logits[batch] = output.logits.cpu()
    return logits
