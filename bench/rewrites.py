"""What each rewrite of the exported graph is worth: all but one against all, and against onnxruntime's own tools."""

import contextlib
import logging
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

from support.artifacts import artifact, artifacts_parser, asked_rows
from support.scores import changes
from support.trainings import ROOT, print_table

ALL = "all"


def main() -> None:
    parser = artifacts_parser(__doc__, rounds="times that each is measured")
    parser.add_argument("--sentences", type=int, default=60, help="sentences one by one in a round")
    parser.add_argument("--texts", type=int, default=400, help="texts of the large request in a round")
    args = parser.parse_args()
    folder = artifact(args, seed=1)
    texts, _ = asked_rows(args)
    # Before anything is imported that starts threads.
    os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    sys.path.insert(0, str(ROOT / "training-code" / "source"))
    from engines import logits_in_order, onnx_engine
    from inference import load_reader

    reader = load_reader(folder)
    pad_token_id = reader.pad_token_id
    token_ids = [reader.read(encoding).token_ids[0] for encoding in reader.tokenizer.encode_batch(texts)]
    with tempfile.TemporaryDirectory() as temporary:
        files = write_graphs(folder, token_ids[args.texts :], pad_token_id, Path(temporary))
        engines = {name: onnx_engine(file) for name, file in files.items()}
        sizes = {name: file.stat().st_size / 1e6 for name, file in files.items()}
    asked = token_ids[: args.texts]

    # The least processor time of all rounds: whatever else runs on the machine only adds to it.
    singles: dict[str, list[float]] = {name: [] for name in engines}
    many: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(args.rounds):
        for name, engine in engines.items():
            one_by_one = []
            for ids in asked[: args.sentences]:
                started = time.process_time()
                logits_in_order(engine, [ids], pad_token_id)
                one_by_one.append(time.process_time() - started)
            singles[name].append(statistics.median(one_by_one) * 1000)
            started = time.process_time()
            logits_in_order(engine, asked, pad_token_id)
            many[name].append((time.process_time() - started) / len(asked) * 1000)

    answers = {name: logits_in_order(engine, asked, pad_token_id) for name, engine in engines.items()}
    rows = []
    for name in engines:
        difference, changed = changes(answers[name], answers["fp32"])
        rows.append(
            [
                name,
                f"{min(singles[name]):.2f}",
                f"{min(singles[name]) / min(singles[ALL]):.2f}",
                f"{min(many[name]):.2f}",
                f"{min(many[name]) / min(many[ALL]):.2f}",
                f"{difference.mean():.4f}",
                f"{changed:.2%}",
                f"{sizes[name]:.0f} MB",
            ]
        )
    header = ["graph", "one text, ms", "of all", "many, ms a text", "of all", "change of scores", "of labels", "file"]
    print_table(header, rows)


def write_graphs(folder: Path, calibration: list[list[int]], pad_token_id: int, target: Path) -> dict[str, Path]:
    """Writes all graphs, by name; the scales are fixed by `calibration`."""
    import numpy as np
    import onnx
    import onnx_graph
    import quantization
    from onnxruntime import GraphOptimizationLevel as Level
    from onnxruntime import InferenceSession, SessionOptions
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_dynamic, quantize_static
    from packing import padded_batches
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    batches = [inputs for _, inputs in padded_batches(calibration[:300], pad_token_id, padding=False)]
    files = {"fp32": target / "fp32.onnx"}

    def write(name: str, *changes: Any, fp32: str = "unused.onnx") -> None:
        files[name] = target / f"{len(files)}.onnx"
        with contextlib.ExitStack() as stack:
            for module, function, replacement in changes:
                stack.enter_context(patch.object(module, function, replacement))
            onnx_graph.write_onnx(model, files[name], target / fp32, batches)

    def nothing(*_: Any) -> None:
        pass

    write(ALL, fp32="fp32.onnx")
    for name, change in {
        "connect_attention": (onnx_graph, "connect_attention", nothing),
        "cls_token_only": (onnx_graph, "cls_token_only", lambda _: contextlib.nullcontext()),
        "narrow_queries": (onnx_graph, "narrow_queries", nothing),
        "quantize_large_tables": (onnx_graph, "quantize_large_tables", nothing),
        "fused activations": (onnx_graph, "FUSED", Level.ORT_ENABLE_BASIC),
        "smoothing": (quantization, "smoothing_factors", lambda numbers, _: np.ones(numbers.shape[1], np.float32)),
    }.items():
        write(f"without {name}", change)
    # onnxruntime's own tools, on the graph that quantize() gets.
    before = target / "before.onnx"
    write("", (onnx_graph, "quantize", lambda model, _: onnx.save(model, before)))
    del files[""]
    logging.disable(logging.WARNING)
    own = {"op_types_to_quantize": ["MatMul"], "per_channel": True, "weight_type": QuantType.QInt8}
    own["extra_options"] = {"DefaultTensorType": onnx.TensorProto.FLOAT, "MatMulConstBOnly": True}
    files["quantize_dynamic"] = target / "dynamic.onnx"
    quantize_dynamic(before, files["quantize_dynamic"], **own)

    class Batches(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.rest = iter(batches)

        def get_next(self) -> Any:
            return next(self.rest, None)

    static = target / "static.onnx"
    quantize_static(before, static, Batches(), reduce_range=True, activation_type=QuantType.QUInt8, **own)
    # What it writes is slow until it is fused.
    options = SessionOptions()
    options.optimized_model_filepath = str(target / "static.fused.onnx")
    options.graph_optimization_level = Level.ORT_ENABLE_EXTENDED
    InferenceSession(str(static), options)
    files["quantize_static, reduce_range"] = target / "static.fused.onnx"

    return files


if __name__ == "__main__":
    main()
