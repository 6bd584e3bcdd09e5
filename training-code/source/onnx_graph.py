"""Writes the model's ONNX graph, so that onnxruntime has nothing left to do when it loads it.

    trace -> connect_attention -> constants folded -> narrow_queries -> quantized -> GELU fused

The export is torch's TorchScript-based one, which both the training container's torch and this machine's have, and
which takes a second where the newer one takes ten and wants another package. What each rewrite is worth is measured by
bench/rewrites.py.
"""

import inspect
import io
import sys
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
from transformers import AttentionInterface, AttentionMaskInterface

from engines import TOKEN_TYPES
from graph_edits import consumers, prune, rename_input, replace_nodes
from packing import Inputs
from quantization import quantize
from trimming import cls_token_only

# Of torch's exporter, 17 is the newest that all passes below know.
OPSET = 17
ATTENTION = "fused_for_onnx"
# From this size on (elements) an embedding table is worth four times less memory.
LARGE_TABLE = 1_000_000
# Tokens that ask in the last layer. Products of one row alone are summed by onnxruntime in an order that depends on how
# many tokens there are: padding would move bits.
ASKING = 2
# How far onnxruntime optimizes a graph: all that is constant computed; beyond that, activations fused. What comes after
# would be for one kind of machine.
FOLDED = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
FUSED = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED


def write_onnx(model: Any, quantized: Path, full: Path, calibration: Sequence[Inputs]) -> None:
    """Writes the graph of a classifier (on the CPU, in eval mode) twice: in int8, and in fp32.

    Both take what `calibration` has, int64 (rows x tokens), any number of either, to `logits`, float32 (rows x labels).
    `calibration` are batches of the kind to expect.
    """
    traced = _trace(model, list(calibration[0]))
    connect_attention(traced.graph)
    folded = _optimized(traced, FOLDED)
    narrow_queries(folded.graph)
    onnx.save(_optimized(folded, FUSED), full)
    quantize(folded, calibration)
    quantize_large_tables(folded.graph)
    onnx.save(_optimized(folded, FUSED), quantized)


class _MultiHeadAttention(torch.autograd.Function):
    """onnxruntime's own operator for attention; (rows x tokens x hidden) each.

    Of the mask (rows x tokens) and the bias (rows x 1 x tokens x tokens), which is added to the scores, one is None.
    """

    @staticmethod
    def forward(  # noqa: PLR0917
        _context: Any, query: torch.Tensor, key: Any, value: Any, mask: Any, bias: Any, heads: int, scale: float
    ) -> torch.Tensor:
        # Only the shape matters: this is traced, and its numbers are used by nobody.
        return query.clone()

    @staticmethod
    def symbolic(  # noqa: PLR0917
        graph: Any, query: Any, key: Any, value: Any, mask: Any, bias: Any, heads: int, scale: float
    ) -> Any:
        nothing = graph.op("prim::Constant")
        nothing.setType(torch._C.OptionalType.ofTensor())
        inputs = [query, key, value, nothing, *(nothing if each is None else each for each in (mask, bias))]
        while inputs[-1] is nothing:
            inputs.pop()
        output = graph.op("com.microsoft::MultiHeadAttention", *inputs, num_heads_i=heads, scale_f=scale)
        return output.setType(query.type())


def _attention(
    module: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor, **options: Any
) -> tuple[torch.Tensor, None]:
    """Attention as transformers' models ask for it: (rows x heads x tokens x size of a head) each."""
    heads = module.config.num_attention_heads
    scale = options.get("scaling") or (module.config.hidden_size // heads) ** -0.5
    merged = [tensor.transpose(1, 2).flatten(2) for tensor in (query, key, value)]
    masks = (None, mask) if mask.is_floating_point() else (mask[:, 0, 0, :], None)
    output = _MultiHeadAttention.apply(*merged, *masks, heads, float(scale))  # type: ignore[no-untyped-call]
    return output.unflatten(2, (heads, -1)), None


def _mask(*, attention_mask: torch.Tensor, local_size: int | None = None, **_: Any) -> torch.Tensor:
    """The mask that `_attention` gets for one of (rows x tokens), with four dimensions.

    Where a token attends to those in a distance of `local_size` alone, it is what to add to the scores.
    """
    mask = attention_mask[:, None, None, :]
    if local_size is None:
        return mask.int()
    places = torch.arange(attention_mask.shape[1])
    near = (places[:, None] - places[None, :]).abs() <= local_size
    return torch.zeros(()).masked_fill(~(mask.bool() & near), torch.finfo(torch.float32).min)


@contextmanager
def _exportable(model: Any) -> Iterator[None]:
    """Within, the model computes by what has a place in the graph: by the fused attention, if by transformers' own."""
    AttentionInterface.register(ATTENTION, _attention)
    AttentionMaskInterface.register(ATTENTION, _mask)
    # A scripted function, of which DeBERTa has some, ends in no graph of use: take the function that it was made of.
    module = sys.modules[type(model).__module__]
    scripted = {name: each for name, each in vars(module).items() if isinstance(each, torch.jit.ScriptFunction)}
    usual = model.config._attn_implementation
    try:
        vars(module).update({name: each._torchdynamo_inline for name, each in scripted.items()})  # type: ignore[attr-defined]
        if model._supports_attention_backend:
            # By its setter, ModernBERT would be left out: it calls the attention in another way.
            model.config._attn_implementation = ATTENTION
        yield
    finally:
        vars(module).update(scripted)
        model.config._attn_implementation = usual


class _Traced(torch.nn.Module):
    """The model with plain inputs of these names and one output."""

    def __init__(self, model: Any, names: Sequence[str]) -> None:
        super().__init__()
        self.model = model
        self.names = names

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        given = dict(zip(self.names, inputs, strict=True))
        # What the model would do by itself, in fifteen nodes less.
        if TOKEN_TYPES in inspect.signature(self.model.forward).parameters:
            given.setdefault(TOKEN_TYPES, torch.zeros_like(inputs[0]))
        logits: torch.Tensor = self.model(**given).logits
        return logits


def _trace(model: Any, names: Sequence[str]) -> ModelProto:
    example = torch.ones((2, 8), dtype=torch.long)
    content = io.BytesIO()
    with _exportable(model), cls_token_only(model), warnings.catch_warnings():
        # Of the exporter's age, and of shapes that are constant in these models.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Traced(model, names).eval(),
            (example,) * len(names),
            content,  # type: ignore[arg-type]
            input_names=list(names),
            output_names=["logits"],
            dynamic_axes={name: {0: "rows", 1: "tokens"} for name in names} | {"logits": {0: "rows"}},
            opset_version=OPSET,
            custom_opsets={"com.microsoft": 1} if model._supports_attention_backend else {},
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
            above: list[NodeProto] = []
            name = node.input[place]
            while (view := producer.get(name)) and view.op_type in views:
                above.append(view)
                name = view.input[0]
            # One splits and one merges again; what was computed in between, as ModernBERT's rotation, has them split.
            if sum(view.op_type == "Reshape" for view in above) > 1 and above[-1].op_type == "Reshape":
                node.input[place] = name
        end = node.output[0]
        while below := [view for view in consumers_of[end] if view.op_type in views and view.input[0] == end]:
            end = below[0].output[0]
        for consumer in consumers_of[end]:
            rename_input(consumer, end, node.output[0])
    prune(graph)


def narrow_queries(graph: GraphProto) -> None:
    """Lets few tokens ask in the last layer, where the first one's answer alone is read (trimming.cls_token_only)."""
    producer = {name: node for node in graph.node for name in node.output}
    consumers_of = consumers(graph)
    nodes = list(graph.node)
    for node in graph.node:
        if node.op_type != "MultiHeadAttention" or [each.op_type for each in consumers_of[node.output[0]]] != ["Slice"]:
            continue
        query, *others = node.input
        # A sixth input, the bias, has a row for each token that asks.
        if producer[query].op_type != "Add" or len(others) > 4:
            continue
        (product,) = (producer[name] for name in producer[query].input if name in producer)
        name = f"{product.input[0]}/asking"
        bounds = {f"{name}/start": 0, f"{name}/end": ASKING, f"{name}/axis": 1}
        graph.initializer.extend(numpy_helper.from_array(np.array([place]), bound) for bound, place in bounds.items())
        nodes.insert(nodes.index(product), helper.make_node("Slice", [product.input[0], *bounds], [name], name))
        product.input[0] = name
    replace_nodes(graph, nodes)


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


def _optimized(model: ModelProto, level: Any) -> ModelProto:
    """The graph as onnxruntime runs it on this level."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    # It warns that what it writes may be for this machine alone.
    options.log_severity_level = 3
    with TemporaryDirectory() as folder:
        options.optimized_model_filepath = str(Path(folder) / "optimized.onnx")
        onnxruntime.InferenceSession(
            model.SerializeToString(),
            options,
            ["CPUExecutionProvider"],
            # Measured: the fused operator is no faster than the two that it replaces.
            disabled_optimizers=["SkipLayerNormFusion"],
        )
        return onnx.load(options.optimized_model_filepath)
