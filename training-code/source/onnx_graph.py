"""Writes the model's ONNX graph, so that onnxruntime has nothing left to do when it loads it.

    trace -> connect_attention -> constants folded -> quantized

The export is torch's TorchScript-based one, which both the training container's torch and this machine's have, and
which takes a second where the newer one takes ten and wants another package. What each rewrite is worth is measured by
bench/rewrites.py: what brought less than 5 % (fusing GELU, narrowing the last layer's queries) is not here any more.
"""

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import GraphProto, ModelProto, NodeProto, helper, numpy_helper
from transformers import AttentionInterface

from graph_edits import consumers, prune, rename_input, replace_nodes
from packing import Inputs
from quantization import quantize
from trimming import cls_token_only

# Of torch's exporter, 17 is the newest that all passes below know.
OPSET = 17
INPUTS = ("input_ids", "attention_mask")
ATTENTION = "fused_for_onnx"
# From this size on (elements) an embedding table is worth four times less memory.
LARGE_TABLE = 1_000_000


def write_onnx(model: Any, quantized: Path, full: Path, calibration: Sequence[Inputs]) -> None:
    """Writes the graph of a classifier (on the CPU, in eval mode) twice: in int8, and in fp32.

    Both take INPUTS, int64 (rows x tokens), any number of either, to `logits`, float32 (rows x labels). `calibration`
    are batches of the kind to expect.
    """
    traced = _trace(model)
    connect_attention(traced.graph)
    folded = _folded(traced)
    onnx.save(folded, full)
    quantize(folded, calibration)
    quantize_large_tables(folded.graph)
    onnx.save(folded, quantized)


class _MultiHeadAttention(torch.autograd.Function):
    """onnxruntime's own operator for attention; (rows x tokens x hidden) each, and the mask (rows x tokens)."""

    @staticmethod
    def forward(  # noqa: PLR0917
        _context: Any, query: torch.Tensor, key: Any, value: Any, mask: Any, heads: int, scale: float
    ) -> torch.Tensor:
        # Only the shape matters: this is traced, and its numbers are used by nobody.
        return query.clone()

    @staticmethod
    def symbolic(  # noqa: PLR0917
        graph: Any, query: Any, key: Any, value: Any, mask: Any, heads: int, scale: float
    ) -> Any:
        no_bias = graph.op("prim::Constant")
        no_bias.setType(torch._C.OptionalType.ofTensor())
        operator = "com.microsoft::MultiHeadAttention"
        output = graph.op(operator, query, key, value, no_bias, mask, num_heads_i=heads, scale_f=scale)
        return output.setType(query.type())


def _attention(
    module: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor, **options: Any
) -> tuple[torch.Tensor, None]:
    """Attention as transformers' models ask for it: (rows x heads x tokens x size of a head) each."""
    heads = module.config.num_attention_heads
    scale = options.get("scaling") or (module.config.hidden_size // heads) ** -0.5
    merged = [tensor.transpose(1, 2).flatten(2) for tensor in (query, key, value)]
    output = _MultiHeadAttention.apply(*merged, mask[:, 0, 0, :], heads, float(scale))  # type: ignore[no-untyped-call]
    return output.unflatten(2, (heads, -1)), None


@contextmanager
def _fused_attention(model: Any) -> Iterator[None]:
    AttentionInterface.register(ATTENTION, _attention)
    usual = model.config._attn_implementation
    model.set_attn_implementation(ATTENTION)
    try:
        yield
    finally:
        model.set_attn_implementation(usual)


class _Traced(torch.nn.Module):
    """The model with two plain inputs and one output."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        # With four dimensions a mask reaches the attention untouched.
        mask = attention_mask.int()[:, None, None, :]
        logits: torch.Tensor = self.model(input_ids=input_ids, attention_mask=mask).logits
        return logits


def _trace(model: Any) -> ModelProto:
    example = torch.ones((2, 8), dtype=torch.long)
    content = io.BytesIO()
    with _fused_attention(model), cls_token_only(model), warnings.catch_warnings():
        # Of the exporter's age, and of shapes that are constant in these models.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Traced(model).eval(),
            (example, example),
            content,  # type: ignore[arg-type]
            input_names=list(INPUTS),
            output_names=["logits"],
            dynamic_axes={name: {0: "rows", 1: "tokens"} for name in INPUTS} | {"logits": {0: "rows"}},
            opset_version=OPSET,
            custom_opsets={"com.microsoft": 1},
            dynamo=False,
        )
    return onnx.load_from_string(content.getvalue())


def connect_attention(graph: GraphProto) -> None:
    """Removes what splits the hidden numbers by heads and what merges them again: the operator does so itself."""
    views = {"Reshape", "Transpose"}
    producer = {name: node for node in graph.node for name in node.output}
    consumers_of = consumers(graph)
    for node in graph.node:
        if node.op_type != "MultiHeadAttention":
            continue
        for place in range(3):
            while (above := producer.get(node.input[place])) and above.op_type in views:
                node.input[place] = above.input[0]
        end = node.output[0]
        while below := [view for view in consumers_of[end] if view.op_type in views and view.input[0] == end]:
            end = below[0].output[0]
        for consumer in consumers_of[end]:
            rename_input(consumer, end, node.output[0])
    prune(graph)


def quantize_large_tables(graph: GraphProto) -> None:
    """Stores embedding tables in int8, each row with a scale of its own: most of a small model's bytes are here."""
    tables = {
        tensor.name: tensor
        for tensor in graph.initializer
        if len(tensor.dims) == 2 and np.prod(tensor.dims) > LARGE_TABLE
    }
    consumers_of = consumers(graph)
    nodes: list[NodeProto] = []
    for node in graph.node:
        table = tables.get(node.input[0]) if node.op_type == "Gather" else None
        if table is None or len(consumers_of[table.name]) > 1:
            nodes.append(node)
            continue
        name, (_, ids), (output,) = table.name, node.input, node.output
        weights = numpy_helper.to_array(table)
        scales = np.maximum(np.abs(weights).max(axis=1, keepdims=True) / 127, np.finfo(np.float32).tiny)
        rounded = np.rint(weights / scales).astype(np.int8)
        graph.initializer.extend(
            [numpy_helper.from_array(rounded, f"{name}/int8"), numpy_helper.from_array(scales, f"{name}/scales")]
        )
        nodes += [
            helper.make_node("Gather", [f"{name}/int8", ids], [f"{output}/int8"], f"{output}/int8"),
            helper.make_node("Gather", [f"{name}/scales", ids], [f"{output}/scales"], f"{output}/scales"),
            helper.make_node(
                "Cast", [f"{output}/int8"], [f"{output}/cast"], f"{output}/cast", to=onnx.TensorProto.FLOAT
            ),
            helper.make_node("Mul", [f"{output}/cast", f"{output}/scales"], [output], output),
        ]
    replace_nodes(graph, nodes)
    prune(graph)


def _folded(model: ModelProto) -> ModelProto:
    """The graph with all that is constant computed, and nothing yet for a certain machine."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    with TemporaryDirectory() as folder:
        options.optimized_model_filepath = str(Path(folder) / "folded.onnx")
        onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
        return onnx.load(options.optimized_model_filepath)
