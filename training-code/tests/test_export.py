import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from transformers import AutoModelForSequenceClassification

import engines
import export
import inference
import onnx_graph
from conftest import arguments, logits_of, train_alone
from contract import Request
from families import make_family

# How a warning of what PyTorch costs begins.
MEASURED = r"warning: PyTorch serves, by \d+\.\d ms for a text of \d+ tokens here, where onnxruntime takes a third .*: "
SENTENCES = ["the cat sleeps", "the dog sing", "the bird waits soon"]


def read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def serving(folder: Path) -> Any:
    return read(folder / "metrics.json")["serving"]


def test_int8_is_served_and_measured_beside_fp32(artifact: Path) -> None:
    served = serving(artifact)
    assert served["format"] == "onnx int8"
    assert served["comparison"]["rows"] == 21
    assert served["comparison"]["changed_predictions"] == 0
    nodes = onnx.load(artifact / "model.onnx").graph.node
    types = {node.op_type for node in nodes}
    assert {"MultiHeadAttention", "QuantizeLinear", "MatMulIntegerToFloat"} <= types
    # No scale is taken from what is asked, no head is rounded, and nothing is left unfused.
    assert not types & {"DynamicQuantizeLinear", "DynamicQuantizeMatMul", "MatMul", "Softmax", "Transpose"}
    assert sum(node.op_type in {"Gemm", "FusedGemm"} for node in nodes) == 2


@pytest.mark.parametrize(("shape", "asking"), [((1, 2), 2), ((4, 12), 2), ((4, 1), 1)])
def test_few_tokens_ask_in_the_last_layer(artifact: Path, shape: tuple[int, int], asking: int) -> None:
    model = onnx.load(artifact / "model.onnx")
    queries = [node.input[0] for node in model.graph.node if node.op_type == "MultiHeadAttention"]
    model.graph.output.extend([onnx.helper.make_empty_tensor_value_info(query) for query in queries])
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    ids = np.full(shape, 7)
    asked = session.run(queries, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
    assert [query.shape[:2] for query in asked] == [shape, (shape[0], asking)]


@pytest.mark.parametrize("shape", [(1, 3), (4, 12), (7, 5)])
def test_any_rows_and_tokens_agree_with_pytorch(artifact: Path, shape: tuple[int, int]) -> None:
    input_ids = np.random.default_rng(1).integers(5, 20, size=shape)
    attention_mask = np.ones_like(input_ids)
    attention_mask[0, shape[1] // 2 + 1 :] = 0
    model = AutoModelForSequenceClassification.from_pretrained(artifact)
    with torch.no_grad():
        expected = model(torch.from_numpy(input_ids), torch.from_numpy(attention_mask)).logits
    engine = engines.onnx_engine(artifact / "model.onnx")
    answered = torch.from_numpy(engine.forward({"input_ids": input_ids, "attention_mask": attention_mask}))
    torch.testing.assert_close(answered, expected, atol=0.05, rtol=0)


def test_fp32_is_served_where_int8_costs_too_much(
    data: Path, base_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(export, "ALLOWED_CHANGED_PREDICTIONS", -1.0)
    train_alone(arguments(data, base_model, tmp_path, epochs=1))
    assert serving(tmp_path)["format"] == "onnx fp32"
    assert set(read(tmp_path / "reference.json")["scores"]) == {"fp32"}
    assert "QuantizeLinear" not in {node.op_type for node in onnx.load(tmp_path / "model.onnx").graph.node}
    warnings = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: ")]
    assert len(warnings) == 1
    assert "more than is allowed, so that fp32 serves" in warnings[0]
    assert read(tmp_path / "metrics.json")["warnings"] == [warnings[0].removeprefix("warning: ")]


@pytest.mark.parametrize(
    ("changed", "difference", "too_much"),
    [(0.02, -0.01, False), (0.021, 0.0, True), (0.0, -0.011, True), (0.0, 0.5, False)],
)
def test_int8_may_change_two_predictions_in_a_hundred_and_cost_a_hundredth(
    changed: float, difference: float, too_much: bool
) -> None:
    comparison = export.Comparison(rows=100, changed_predictions=changed, matthews_correlation_difference=difference)
    assert export.costs_too_much(comparison) is too_much


def test_the_metrics_at_the_top_are_of_the_very_file_that_serves(
    data: Path, base_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file in int8 is made worse than the weights; that is allowed here, and shows."""

    def quantize_badly(model: onnx.ModelProto, _calibration: object) -> None:
        for tensor in model.graph.initializer:
            if "classifier" in tensor.name and len(tensor.dims) == 2:
                tensor.CopyFrom(onnx.numpy_helper.from_array(-onnx.numpy_helper.to_array(tensor), tensor.name))

    monkeypatch.setattr(onnx_graph, "quantize", quantize_badly)
    monkeypatch.setattr(export, "ALLOWED_CHANGED_PREDICTIONS", 1.0)
    monkeypatch.setattr(export, "ALLOWED_MATTHEWS_CORRELATION_LOSS", 2.0)
    train_alone(arguments(data, base_model, tmp_path))
    metrics = read(tmp_path / "metrics.json")
    assert metrics["serving"]["format"] == "onnx int8"
    assert (metrics["fp32"]["accuracy"], metrics["accuracy"]) == (1, 0)
    assert metrics["fp32"].keys() < metrics.keys()


def test_pytorch_serves_where_training_has_no_onnxruntime(
    data: Path, base_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "onnxruntime" else found(name))
    (tmp_path / "model.onnx").write_text("what an earlier training into this folder left")
    train_alone(arguments(data, base_model, tmp_path, epochs=1))
    assert serving(tmp_path) == {"format": "torch fp32"}
    assert not (tmp_path / "model.onnx").exists()
    assert re.search(MEASURED + "onnxruntime cannot be imported here", capsys.readouterr().err)
    assert len(inference.predict_fn(Request(SENTENCES), inference.model_fn(str(tmp_path))).predictions) == 3


def test_pytorch_serves_what_cannot_be_exported(
    data: Path, base_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def connect_wrongly(_: object) -> None:
        raise ValueError("a node\n is missing " * 50)

    monkeypatch.setattr(onnx_graph, "connect_attention", connect_wrongly)
    train_alone(arguments(data, base_model, tmp_path, epochs=1))
    assert serving(tmp_path) == {"format": "torch fp32"}
    reason = r"BertForSequenceClassification cannot be exported \(ValueError: a node is missing .*\)\n"
    assert re.search(MEASURED + reason, capsys.readouterr().err)
    # What the gate keeps of a warning.
    assert len(read(tmp_path / "metrics.json")["warnings"][0]) < 500


def test_a_graph_that_answers_otherwise_is_not_served(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As one is that was traced with a constant of the example's length: short texts do not show it."""
    attention = onnx_graph._attention

    def near_attention(module: Any, query: Any, key: Any, value: Any, mask: Any, **options: Any) -> Any:
        places = torch.arange(query.shape[2])
        near = (places[:, None] - places[None, :]).abs() <= 15
        bias = torch.zeros(mask.shape).masked_fill(~(mask.bool() & near), -1e9)
        return attention(module, query, key, value, bias, **options)

    monkeypatch.setattr(onnx_graph, "_attention", near_attention)
    train_alone(arguments(data, make_family("bert", tmp_path / "base"), tmp_path, epochs=1, max_length=64))
    assert serving(tmp_path) == {"format": "torch fp32"}
    assert re.search(MEASURED + r"the exported model's logits differ by \d", capsys.readouterr().err)


def test_pytorch_answers_alike_where_no_onnxruntime_fits(
    artifact: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = logits_of(SENTENCES, inference.model_fn(str(artifact)))
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    answered = logits_of(SENTENCES, inference.model_fn(str(artifact)))
    torch.testing.assert_close(answered, expected, atol=0.05, rtol=0)
    assert f"no module onnxruntime for {engines.PLATFORM}" in capsys.readouterr().err


def test_the_artifact_brings_the_onnxruntime_that_answers_in_a_container_without_one(
    artifact: Path, tmp_path: Path
) -> None:
    """As the serving container is: numpy and tokenizers are installed, and neither onnxruntime nor what it names."""
    moved = shutil.copytree(artifact, tmp_path / "moved")
    installed = tmp_path / "site-packages"
    installed.mkdir()
    for name in ("numpy", "tokenizers"):
        origin = Path(str(getattr(importlib.util.find_spec(name), "origin", None))).parent
        for folder in (origin, origin.with_name(f"{name}.libs")):
            if folder.exists():
                (installed / folder.name).symlink_to(folder)
    program = f"""
import sys
sys.path[:0] = [{str(moved / "code")!r}, {str(installed)!r}]
import inference
answer = inference.predict_fn(inference.Request({SENTENCES!r}), inference.model_fn({str(moved)!r})).predictions
import json, onnxruntime
print(json.dumps([onnxruntime.__file__, answer, [name for name in ("torch", "transformers") if name in sys.modules]]))
"""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ended = subprocess.run(
        [sys.executable, "-S", "-c", program], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
    file, answer, slow_imports = json.loads(ended.stdout)
    assert Path(file) == moved / "code" / "lib" / engines.PLATFORM / "onnxruntime" / "__init__.py"
    # As the gate reads it: lambda/shared/artifact/artifact.ts, lambda/quality-gate/fit.ts.
    assert re.fullmatch(rf"cp3{sys.version_info.minor}-(linux_|macosx_|win)[\w.]{{1,40}}", engines.PLATFORM)
    assert [row.index(max(row)) for row in answer] == [0, 1, 0]
    assert slow_imports == []
