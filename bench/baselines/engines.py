"""What the engine is compared with, each as its authors have it by default, on one thread and in batches of 32.

Each takes texts in the order of their arrival, but for one that packs them as the engine does, and answers the number
of the label of each.
"""

import logging
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

sys.path.insert(0, str(Path(__file__).parents[2] / "training-code" / "source"))
from packing import padded_batches

logging.disable(logging.WARNING)
transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

Predict = Callable[[list[str]], list[int]]
BATCH = 32
PAD_TO = 64


def batches(texts: list[str]) -> Iterator[list[str]]:
    return (texts[start : start + BATCH] for start in range(0, len(texts), BATCH))


def original_handler(artifact: Path) -> Predict:
    """The original sample's: every text padded to 64 tokens, eager attention, fp32."""
    tokenizer = AutoTokenizer.from_pretrained(artifact)
    model = AutoModelForSequenceClassification.from_pretrained(
        artifact, dtype=torch.float32, attn_implementation="eager"
    ).eval()

    def predict(texts: list[str]) -> list[int]:
        answers: list[int] = []
        for batch in batches(texts):
            rows = [tokenizer.encode(text, add_special_tokens=True)[:PAD_TO] for text in batch]
            ids = torch.tensor([row + [0] * (PAD_TO - len(row)) for row in rows])
            with torch.no_grad():
                answers += model(ids, attention_mask=(ids > 0).long()).logits.argmax(dim=1).tolist()
        return answers

    return predict


def hugging_face_pipeline(artifact: Path) -> Predict:
    """transformers' pipeline with all defaults but the size of its batches."""
    classify: Any = pipeline("text-classification", model=str(artifact), device="cpu")
    number_of = classify.model.config.label2id
    return lambda texts: [number_of[answer["label"]] for answer in classify(texts, batch_size=BATCH)]


def plain_onnxruntime(artifact: Path, *, packed: bool = False) -> Predict:
    """torch's export, quantize_dynamic and a session, with all defaults but one thread; `packed` as our texts are."""
    import onnxruntime
    from onnxruntime.quantization import quantize_dynamic

    tokenizer = AutoTokenizer.from_pretrained(artifact)
    model = AutoModelForSequenceClassification.from_pretrained(
        artifact, dtype=torch.float32, attn_implementation="eager"
    ).eval()

    class Plain(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
            # The exporter fails on the mask that transformers 5.5 would make, so it is made here.
            mask = (1 - attention_mask[:, None, None, :].float()) * torch.finfo(torch.float32).min
            return self.model(input_ids=input_ids, attention_mask=mask).logits

    example = torch.ones((2, 8), dtype=torch.long)
    names = ["input_ids", "attention_mask"]
    with tempfile.TemporaryDirectory() as temporary:
        exported, quantized = f"{temporary}/model.onnx", f"{temporary}/int8.onnx"
        axes = {name: {0: "rows", 1: "tokens"} for name in names}
        inputs = (example, example)
        torch.onnx.export(Plain().eval(), inputs, exported, input_names=names, dynamic_axes=axes, dynamo=False)
        quantize_dynamic(exported, quantized)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(quantized, options)

    def predict(texts: list[str]) -> list[int]:
        answers: list[int] = []
        for batch in batches(texts):
            encoded = tokenizer(batch, padding=True, truncation=True, return_tensors="np")
            (logits,) = session.run(None, {name: encoded[name] for name in names})
            answers += logits.argmax(axis=1).tolist()
        return answers

    def predict_packed(texts: list[str]) -> list[int]:
        answers = [0] * len(texts)
        token_ids = tokenizer(texts, truncation=True)["input_ids"]
        for rows, inputs in padded_batches(token_ids, tokenizer.pad_token_id, padding=True):
            (logits,) = session.run(None, {name: inputs[name] for name in names})
            for row, answer in zip(rows, logits.argmax(axis=1).tolist(), strict=True):
                answers[row] = answer
        return answers

    return predict_packed if packed else predict
