"""Puts into the artifact what serves it fast: model.onnx, and onnxruntime itself.

SageMaker's containers for serving have no onnxruntime, and may not fetch any.
"""

import importlib.util
import random
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NotRequired, TypedDict

import numpy as np
import torch
from sklearn.metrics import matthews_corrcoef

from engines import ONNX_FILE, PLATFORM, RUNTIMES, Engine, logits_in_order, onnx_engine
from metrics import Metrics, classification_metrics
from packing import padded_batches
from split import Split

# What inference.py needs beside it.
CODE = ("inference.py", "contract.py", "engines.py", "packing.py")
# Parts of onnxruntime that computing does not need: they are half of it.
NOT_NEEDED = ("backend", "datasets", "quantization", "tools", "transformers", "libonnxruntime.so*", "__pycache__")
# Rows of the training split to compare the formats on, and of these to look at the range of numbers in.
COMPARED_ROWS = 1000
CALIBRATION_ROWS = 300
# What int8 may cost on the compared rows before fp32 is served instead.
ALLOWED_CHANGED_PREDICTIONS = 0.03
ALLOWED_MATTHEWS_CORRELATION_LOSS = 0.03
# Between fp32 by onnxruntime and by PyTorch, in logits.
ALLOWED_DIFFERENCE = 1e-3


class Comparison(TypedDict):
    """int8 against fp32 on rows of the training split; the difference is int8's Matthews correlation less fp32's."""

    rows: int
    changed_predictions: float
    matthews_correlation_difference: float


class Serving(TypedDict):
    """What metrics.json says about what is served; `test` are the served model's own metrics on the test split."""

    format: str
    comparison: NotRequired[Comparison]
    test: NotRequired[Metrics]


def export(  # noqa: PLR0917
    folder: Path, model: Any, training: Split, testing: Split, labels: list[str], seed: int
) -> Serving:
    """Writes both into the artifact's folder and answers what will serve; leaves the model on the CPU, in eval mode.

    Where a part of it is not possible the artifact is still good, as PyTorch then serves; one warning says why.
    """
    missing = [name for name in ("onnx", "onnxruntime") if importlib.util.find_spec(name) is None]
    if missing:
        warn(f"{' and '.join(missing)} cannot be imported here, so that PyTorch will serve, several times slower")
        return {"format": "torch fp32"}
    copy_runtime(folder / "code")
    model.cpu().eval()

    pad_token_id = training.pad_token_id
    texts = token_ids(training)
    compared = random.Random(seed).sample(range(len(texts)), min(COMPARED_ROWS, len(texts)))
    texts = [texts[row] for row in compared]
    with TemporaryDirectory() as temporary:
        int8, fp32 = Path(temporary, "int8.onnx"), Path(temporary, "fp32.onnx")
        # Where it is missing, this module shall still be importable.
        from onnx_graph import write_onnx  # noqa: PLC0415

        try:
            calibration = padded_batches(texts[:CALIBRATION_ROWS], pad_token_id, padding=False)
            write_onnx(model, int8, fp32, [inputs for _, inputs in calibration])
            difference = difference_from_torch(model, onnx_engine(fp32), pad_token_id)
        except Exception as error:  # Of an architecture that the export does not know, nearly any kind.
            reason = f"{type(error).__name__}: {error}"
            warn(f"{type(model).__name__} cannot be exported, so that PyTorch will serve ({reason})")
            return {"format": "torch fp32"}
        if not difference <= ALLOWED_DIFFERENCE:
            warn(f"the exported model's logits differ by {difference:.1e} from PyTorch's, so that PyTorch will serve")
            return {"format": "torch fp32"}

        logits = [torch.tensor(logits_in_order(onnx_engine(file), texts, pad_token_id)) for file in (int8, fp32)]
        comparison = compare(logits[0], logits[1], training.label_ids[compared])
        keeps_quality = (
            comparison["changed_predictions"] <= ALLOWED_CHANGED_PREDICTIONS
            and comparison["matthews_correlation_difference"] >= -ALLOWED_MATTHEWS_CORRELATION_LOSS
        )
        if not keeps_quality:
            warn(
                f"int8 changes {comparison['changed_predictions']:.1%} of {comparison['rows']} predictions and the "
                f"Matthews correlation by {comparison['matthews_correlation_difference']:+.4f}, more than is allowed, "
                "so that fp32 will serve"
            )
        shutil.copy(int8 if keeps_quality else fp32, folder / ONNX_FILE)

    served = logits_in_order(onnx_engine(folder / ONNX_FILE), token_ids(testing), pad_token_id)
    metrics = classification_metrics(torch.tensor(served), testing.label_ids, labels)
    return {"format": f"onnx {'int8' if keeps_quality else 'fp32'}", "comparison": comparison, "test": metrics}


def copy_runtime(code: Path) -> None:
    """Copies the installed onnxruntime, but what computing does not need, to where engines.py looks for it."""
    spec = importlib.util.find_spec("onnxruntime")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("onnxruntime is not installed", name="onnxruntime")
    target = code / RUNTIMES / PLATFORM / "onnxruntime"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(Path(spec.origin).parent, target, ignore=shutil.ignore_patterns(*NOT_NEEDED))


def compare(int8: torch.Tensor, fp32: torch.Tensor, label_ids: torch.Tensor) -> Comparison:
    """How the formats' predictions differ, from their logits (rows x labels)."""
    answers = [logits.argmax(dim=1) for logits in (int8, fp32)]
    quality = [float(matthews_corrcoef(label_ids, answer)) for answer in answers]
    return {
        "rows": len(label_ids),
        "changed_predictions": float((answers[0] != answers[1]).double().mean()),
        "matthews_correlation_difference": quality[0] - quality[1],
    }


def difference_from_torch(model: Any, engine: Engine, pad_token_id: int) -> float:
    """The largest difference in logits on random tokens, in shapes that the export has not seen."""
    chance = np.random.default_rng(0)
    differences = []
    for lengths in ([3], [5, 9, 4], [16] * 5):
        ids = [chance.integers(model.config.vocab_size, size=length).tolist() for length in lengths]
        for _, inputs in padded_batches(ids, pad_token_id, padding=True):
            with torch.no_grad():
                expected = model(**{name: torch.from_numpy(array) for name, array in inputs.items()}).logits.numpy()
            differences.append(np.abs(engine.forward(inputs) - expected).max())
    return float(np.max(differences))


def token_ids(split: Split) -> list[list[int]]:
    """The split's texts, row by row."""
    rows = zip(split.starts, split.starts[1:], strict=False)
    return [split.token_ids[start:end].tolist() for start, end in rows]


def warn(reason: str) -> None:
    """Prints one line on stderr."""
    print(f"warning: {reason}", file=sys.stderr, flush=True)
