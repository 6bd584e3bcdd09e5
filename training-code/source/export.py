"""Puts into the artifact what serves it fast: model.onnx, and onnxruntime itself.

SageMaker's containers for serving have no onnxruntime, and may not fetch any.
"""

import importlib.util
import random
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, NotRequired, TypedDict

import numpy as np
import torch
from sklearn.metrics import matthews_corrcoef

from calibration import calibration_texts, join
from contract import Task
from engines import ONNX_FILE, PLATFORM, RUNTIMES, Engine, logits_in_order, model_engine, onnx_engine
from metrics import Metrics, classification_metrics, fitted_task, predictions_of
from packing import padded_batches
from split import Split

# What inference.py needs beside it.
CODE = ("inference.py", "contract.py", "reading.py", "engines.py", "packing.py")
# Parts of onnxruntime that computing does not need: they are half of it.
NOT_NEEDED = ("backend", "datasets", "quantization", "tools", "transformers", "libonnxruntime.so*", "__pycache__")
# What int8 may cost on the validation part before fp32 is served instead.
ALLOWED_CHANGED_PREDICTIONS = 0.02
ALLOWED_MATTHEWS_CORRELATION_LOSS = 0.01
# What fp32 by onnxruntime and by PyTorch are compared on: texts of the training split, from the shortest to the
# longest, and texts joined of them, so long in tokens; and what their logits may differ by.
COMPARED_TEXTS = 16
COMPARED_LENGTHS = (5, 60, 200, 500)
ALLOWED_DIFFERENCE = 1e-3
# In characters: onnxruntime's can quote half a graph.
LONGEST_REASON = 200
# The least time of so many is told.
TIMED_ROUNDS = 5


class ExportError(Exception):
    """The model cannot be served by onnxruntime; the message says why."""


class Comparison(TypedDict):
    """int8 against fp32 on the validation part; the difference is int8's Matthews correlation less fp32's."""

    rows: int
    changed_predictions: float
    matthews_correlation_difference: float


class Serving(TypedDict):
    """What serves on a CPU: `onnx int8`, `onnx fp32` or `torch fp32`."""

    format: str
    comparison: NotRequired[Comparison]


class Exported(NamedTuple):
    """What came of it.

    `task` is fitted on the logits of what serves; `metrics` are model.onnx's own on the test split, None where there is
    none; `forms` those that may serve besides fp32, by their names in reference.json; `warnings` a sentence each.
    """

    serving: Serving
    task: Task
    metrics: Metrics | None
    forms: dict[str, Engine]
    warnings: list[str]


def export(  # noqa: PLR0917
    folder: Path,
    model: Any,
    training: Split,
    validation: Split | None,
    testing: Split | None,
    task: Task,
) -> Exported:
    """Writes model.onnx and onnxruntime into the artifact's folder; `model` is on the CPU, in eval mode.

    `task` is fitted on fp32's logits. Without rows to compare int8 with fp32 by, fp32 serves.

    Where that is not possible the artifact is still good, as PyTorch then serves; a warning says why.
    """
    # Of an artifact that was in the folder before.
    (folder / ONNX_FILE).unlink(missing_ok=True)
    with TemporaryDirectory() as temporary:
        files = {form: Path(temporary, f"{form}.onnx") for form in ("int8", "fp32")}
        try:
            copy_runtime(folder / "code")
            write_graphs(model, files["int8"], files["fp32"], training)
        except ExportError as error:
            return Exported(
                {"format": "torch fp32"}, task, None, {}, [f"{what_pytorch_costs(model, training)}: {error}"]
            )

        if validation is None or testing is None:
            shutil.copy(files["fp32"], folder / ONNX_FILE)
            warning = "there are no rows to compare int8 with fp32 by, so that fp32 serves, about half as fast"
            return Exported({"format": "onnx fp32"}, task, None, {}, [warning])

        logits = {form: logits_of(onnx_engine(file), validation) for form, file in files.items()}
        comparison = compare(logits["int8"], logits["fp32"], validation.targets, task)
        warnings = []
        if costs_too_much(comparison):
            warnings.append(
                f"int8 changes {comparison['changed_predictions']:.1%} of {comparison['rows']} predictions and the "
                f"Matthews correlation by {comparison['matthews_correlation_difference']:+.4f}, more than is allowed, "
                "so that fp32 serves, about half as fast"
            )
        form = "fp32" if warnings else "int8"
        shutil.copy(files[form], folder / ONNX_FILE)

    engine = onnx_engine(folder / ONNX_FILE)
    task = fitted_task(task, logits[form], validation.targets)
    return Exported(
        serving={"format": f"onnx {form}", "comparison": comparison},
        task=task,
        metrics=classification_metrics(logits_of(engine, testing), testing.targets, task),
        forms={} if form == "fp32" else {form: engine},
        warnings=warnings,
    )


def what_pytorch_costs(model: Any, training: Split) -> str:
    """How slow it is on this machine; what onnxruntime would take is of models that it can compute, bench/README.md."""
    texts = sorted(training.texts(), key=len)
    text = texts[len(texts) // 2]
    engine = model_engine(model)
    seconds = []
    for _ in range(TIMED_ROUNDS):
        started = time.perf_counter()
        logits_in_order(engine, [text], training.pad_token_id)
        seconds.append(time.perf_counter() - started)
    return (
        f"PyTorch serves, by {1000 * min(seconds):.1f} ms for a text of {len(text)} tokens here, where onnxruntime "
        "takes a third to a tenth of the time"
    )


def copy_runtime(code: Path) -> None:
    """Copies the installed onnxruntime, but what computing does not need, to where engines.py looks for it.

    Raises ExportError where it, or onnx, is not installed.
    """
    missing = [name for name in ("onnx", "onnxruntime") if importlib.util.find_spec(name) is None]
    if missing:
        raise ExportError(f"{' and '.join(missing)} cannot be imported here")
    spec = importlib.util.find_spec("onnxruntime")
    assert spec and spec.origin
    target = code / RUNTIMES / PLATFORM / "onnxruntime"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(Path(spec.origin).parent, target, ignore=shutil.ignore_patterns(*NOT_NEEDED))


def write_graphs(model: Any, int8: Path, fp32: Path, training: Split) -> None:
    """Writes the model's graph in both forms, and compares fp32 with PyTorch. Raises ExportError."""
    # Where onnx is missing, this module shall still be importable.
    from onnx_graph import write_onnx  # noqa: PLC0415

    pad_token_id = training.pad_token_id
    texts, types = calibration_texts(training, model.config.vocab_size)
    batches = padded_batches(texts, pad_token_id, padding=False, token_types=types)
    compared, compared_types = compared_texts(training)
    try:
        write_onnx(model, int8, fp32, [inputs for _, inputs in batches])
        answers = [
            logits_in_order(engine, compared, pad_token_id, compared_types)
            for engine in (onnx_engine(fp32), model_engine(model))
        ]
    except Exception as error:  # Of an architecture that the export does not know, nearly any kind.
        reason = " ".join(str(error).split())[:LONGEST_REASON]
        raise ExportError(f"{type(model).__name__} cannot be exported ({type(error).__name__}: {reason})") from error
    difference = float(np.abs(np.array(answers[0]) - np.array(answers[1])).max())
    if not difference <= ALLOWED_DIFFERENCE:
        raise ExportError(f"the exported model's logits differ by {difference:.1e} from PyTorch's")


def compared_texts(training: Split) -> tuple[list[list[int]], list[list[int]] | None]:
    """Token ids, and their types if the split's have any, of every length that will be asked: its own and joined ones.

    Of a graph that holds what was the example's length, or of an attention to the neighborhood alone, short texts show
    nothing.
    """
    texts, types = training.texts(), training.token_types()
    by_length = sorted(range(len(texts)), key=lambda text: len(texts[text]))
    rows = by_length[:: max(1, len(by_length) // COMPARED_TEXTS)] + by_length[-1:]
    chance = random.Random(0)
    few = min(len(texts), max(COMPARED_LENGTHS))
    lengths = [length for length in COMPARED_LENGTHS if length < training.max_length] + [training.max_length]
    # Two of each, which are computed together.
    joined = [join(chance.sample(texts, few), length) for length in lengths for _ in range(2)]
    return [texts[row] for row in rows] + joined, (
        None if types is None else [types[row] for row in rows] + [[0] * len(text) for text in joined]
    )


def compare(int8: torch.Tensor, fp32: torch.Tensor, targets: torch.Tensor, task: Task) -> Comparison:
    """How the forms' predictions differ; of several labels a text, one that differs makes the text's differ."""
    predictions = [predictions_of(logits, task).reshape(len(targets), -1) for logits in (int8, fp32)]
    true = targets.numpy().ravel()
    quality = [float(matthews_corrcoef(true, predicted.ravel())) for predicted in predictions]
    return {
        "rows": len(targets),
        "changed_predictions": float((predictions[0] != predictions[1]).any(axis=1).mean()),
        "matthews_correlation_difference": quality[0] - quality[1],
    }


def costs_too_much(comparison: Comparison) -> bool:
    """Whether int8 changes more than may be changed for its speed."""
    return (
        comparison["changed_predictions"] > ALLOWED_CHANGED_PREDICTIONS
        or comparison["matthews_correlation_difference"] < -ALLOWED_MATTHEWS_CORRELATION_LOSS
    )


def logits_of(engine: Engine, split: Split) -> torch.Tensor:
    """Logits (rows x labels)."""
    logits = logits_in_order(engine, split.texts(), split.pad_token_id, split.token_types())
    return split.averaged(list(range(len(split))), torch.tensor(logits))
