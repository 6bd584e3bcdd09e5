"""Makes the model's ONNX graph, fused and quantized, so that onnxruntime has nothing left to do when it loads it.

    trace -> connect_attention -> constants folded -> narrow_queries -> smooth -> quantized -> fused

The export is torch's TorchScript-based one, which both the training container's torch and this machine's have, and
which takes a second where the newer one takes ten and wants another package.
"""

import io
import logging
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, NodeProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AttentionInterface

from packing import Inputs
from unread import first_token_only

# Of torch's exporter, 17 is the newest that all passes below know.
OPSET = 17
INPUTS = ("input_ids", "attention_mask")
ATTENTION = "fused_for_onnx"
# How much of the difference in size between columns is moved into the weights, which have a scale for each column.
SMOOTHING = 0.8
# From this size on (elements) an embedding table is worth four times less memory.
LARGE_TABLE = 1_000_000
Level = onnxruntime.GraphOptimizationLevel


def write_onnx(model: Any, quantized: Path, full: Path, calibration: Sequence[Inputs]) -> None:
    """Writes the graph of a classifier (on the CPU, in eval mode) twice: in int8, and in fp32.

    Both take INPUTS, int64 (rows x tokens), any number of either, to `logits`, float32 (rows x labels). `calibration`
    are batches of the kind to expect.
    """
    with TemporaryDirectory() as folder:
        step = Path(folder) / "step.onnx"
        traced = _trace(model)
        connect_attention(traced.graph)
        onnx.save(traced, step)
        folded = _optimized(step, Level.ORT_ENABLE_BASIC)
        narrow_queries(folded.graph)
        onnx.save(folded, step)
        onnx.save(_optimized(step, Level.ORT_ENABLE_EXTENDED), full)

        smooth(folded.graph, _ranges(folded, step, calibration))
        quantize_large_tables(folded.graph)
        _quantize(folded, step)
        onnx.save(_optimized(step, Level.ORT_ENABLE_EXTENDED), quantized)


def _quantize(model: ModelProto, file: Path) -> None:
    """Writes the graph with its products of matrices in int8; what a matrix is multiplied by is rounded as it comes."""
    logging.disable(logging.WARNING)  # It recommends what has been done.
    try:
        quantize_dynamic(
            model,
            file,
            op_types_to_quantize=["MatMul"],
            # The head: two small products of one row, where all the rounding would show and nothing would be gained.
            nodes_to_exclude=[node.name for node in model.graph.node if node.op_type == "Gemm"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            # It knows no types of onnxruntime's own operators, and there is but one.
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT, "MatMulConstBOnly": True},
        )
    finally:
        logging.disable(logging.NOTSET)


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
    with _fused_attention(model), first_token_only(model), warnings.catch_warnings():
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
    consumers = _consumers(graph)
    for node in graph.node:
        if node.op_type != "MultiHeadAttention":
            continue
        for place in range(3):
            while (above := producer.get(node.input[place])) and above.op_type in views:
                node.input[place] = above.input[0]
        end = node.output[0]
        while below := [view for view in consumers[end] if view.op_type in views and view.input[0] == end]:
            end = below[0].output[0]
        for consumer in consumers[end]:
            _rename_input(consumer, end, node.output[0])
    _drop_unused(graph)


def narrow_queries(graph: GraphProto) -> None:
    """Lets only those tokens ask whose answer is read, which is one of the last layer's.

    A slice of what attention answers becomes the same slice of what its query is made from.
    """
    producer = {name: node for node in graph.node for name in node.output}
    consumers = _consumers(graph)
    nodes = list(graph.node)
    for node in graph.node:
        readers = consumers[node.output[0]]
        if node.op_type != "MultiHeadAttention" or [reader.op_type for reader in readers] != ["Slice"]:
            continue
        bias = producer[node.input[0]]
        (product,) = (producer[name] for name in bias.input if name in producer)
        narrow = f"{product.input[0]}/narrow"
        place = nodes.index(product)
        nodes.insert(place, helper.make_node("Slice", [product.input[0], *readers[0].input[1:]], [narrow], narrow))
        product.input[0] = narrow
        for reader in consumers[readers[0].output[0]]:
            _rename_input(reader, readers[0].output[0], node.output[0])
    _replace_nodes(graph, nodes)
    _drop_unused(graph)


def smooth(graph: GraphProto, ranges: Mapping[str, NDArray[np.float32]]) -> None:
    """Makes the inputs of matrix products easier to round, and the products the same.

    A single scale rounds all of an input, so that one column with numbers of 20 leaves little of the others' of 0.1.
    Each column is divided by a factor, and the matrix's row multiplied by it (Xiao et al., SmoothQuant, 2022). `ranges`
    are the largest numbers by column, by the inputs' names.
    """
    weights = {tensor.name: tensor for tensor in graph.initializer}
    consumers = _consumers(graph)
    nodes: list[NodeProto] = []
    for node in graph.node:
        nodes.append(node)
        for name in set(node.output) & set(ranges):
            products = [each for each in consumers[name] if each.op_type == "MatMul" and each.input[1] in weights]
            matrices = [numpy_helper.to_array(weights[product.input[1]]) for product in products]
            heaviest = np.maximum(np.max([np.abs(matrix).max(axis=1) for matrix in matrices], axis=0), 1e-4)
            factors = np.maximum(ranges[name], 1e-3) ** SMOOTHING / heaviest ** (1 - SMOOTHING)
            graph.initializer.append(numpy_helper.from_array((1 / factors).astype(np.float32), f"{name}/factors"))
            nodes.append(helper.make_node("Mul", [name, f"{name}/factors"], [f"{name}/smooth"], f"{name}/smooth"))
            for product, matrix in zip(products, matrices, strict=True):
                product.input[0] = f"{name}/smooth"
                scaled = numpy_helper.from_array((matrix * factors[:, None]).astype(np.float32), product.input[1])
                weights[product.input[1]].CopyFrom(scaled)
    _replace_nodes(graph, nodes)


def _ranges(model: ModelProto, file: Path, calibration: Sequence[Inputs]) -> dict[str, NDArray[np.float32]]:
    """The largest number by column that `calibration` gives each input of a product with a matrix of weights."""
    observed = ModelProto()
    observed.CopyFrom(model)
    weights = {tensor.name for tensor in model.graph.initializer}
    products = [node for node in model.graph.node if node.op_type == "MatMul" and node.input[1] in weights]
    names = sorted({product.input[0] for product in products})
    observed.graph.output.extend([helper.make_empty_tensor_value_info(name) for name in names])
    onnx.save(observed, file)
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    largest: dict[str, NDArray[np.float32]] = {}
    for inputs in calibration:
        for name, numbers in zip(names, session.run(names, dict(inputs)), strict=True):
            here = np.abs(numbers).reshape(-1, numbers.shape[-1]).max(axis=0)
            largest[name] = np.maximum(largest.get(name, here), here)
    return largest


def quantize_large_tables(graph: GraphProto) -> None:
    """Stores embedding tables in int8, each row with a scale of its own: most of a small model's bytes are here."""
    tables = {
        tensor.name: tensor
        for tensor in graph.initializer
        if len(tensor.dims) == 2 and np.prod(tensor.dims) > LARGE_TABLE
    }
    consumers = _consumers(graph)
    nodes: list[NodeProto] = []
    for node in graph.node:
        table = tables.get(node.input[0]) if node.op_type == "Gather" else None
        if table is None or len(consumers[table.name]) > 1:
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
    _replace_nodes(graph, nodes)
    _drop_unused(graph)


def _optimized(file: Path, level: Any) -> ModelProto:
    """The graph as onnxruntime runs it, written back."""
    result = file.with_suffix(".optimized.onnx")
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    options.optimized_model_filepath = str(result)
    # That it was optimized for this machine: up to this level it is for none.
    options.log_severity_level = 3
    # Measured: the fused operator takes several times longer than the two it replaces.
    onnxruntime.InferenceSession(
        str(file), options, ["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
    )
    return onnx.load(result)


def _consumers(graph: GraphProto) -> dict[str, list[NodeProto]]:
    consumers: dict[str, list[NodeProto]] = defaultdict(list)
    for node in graph.node:
        for name in node.input:
            consumers[name].append(node)
    return consumers


def _rename_input(node: NodeProto, old: str, new: str) -> None:
    for place, name in enumerate(node.input):
        if name == old:
            node.input[place] = new


def _replace_nodes(graph: GraphProto, nodes: list[NodeProto]) -> None:
    copies = []
    for node in nodes:
        copy = NodeProto()
        copy.CopyFrom(node)
        copies.append(copy)
    del graph.node[:]
    graph.node.extend(copies)


def _drop_unused(graph: GraphProto) -> None:
    used = {output.name for output in graph.output}
    nodes = []
    for node in reversed(graph.node):
        if used & set(node.output):
            nodes.append(node)
            used |= set(node.input)
    _replace_nodes(graph, nodes[::-1])
    tensors = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(tensors)
