"""Computes a graph's products of matrices in int8, by scales that are fixed once and for all.

A scale that is taken from what is to be rounded (onnxruntime's quantize_dynamic) is one for the whole batch, so that a
text's answer depends on the texts beside it. By a fixed one each number is rounded by itself: the answer is the same,
bit for bit, alone and in any batch. As no sum of products can overflow, it is also the same with VNNI and without.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, helper, numpy_helper

from graph_edits import consumers, prune, replace_nodes
from packing import Inputs

Floats = NDArray[np.float32]

# How much of the difference in size between columns is moved into the weights, which have a scale for each column.
SMOOTHING = 0.8
# Instead of 0, where there is nothing but zeros.
LEAST = 1e-12


def quantize(model: ModelProto, calibration: Sequence[Inputs]) -> None:
    """Puts int8 products in the place of all MatMuls with a matrix of weights, and of the Adds of their biases.

    `calibration` are batches of the kind to expect. The head's two products are Gemm and stay in fp32: small ones of
    one row a text, where all the rounding would show and nothing would be gained.
    """
    graph = model.graph
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    readers = consumers(graph)
    products: dict[str, list[NodeProto]] = defaultdict(list)
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in weights:
            products[node.input[0]].append(node)
    # Of what attention answers, which are means of its values, the name of these.
    values = {node.output[0]: node.input[2] for node in graph.node if node.op_type == "MultiHeadAttention"}
    constants: dict[str, NDArray[Any]] = {}

    def constant(name: str, array: Any, dtype: Any = np.float32) -> str:
        constants[name] = np.asarray(array, dtype)
        return name

    replacements: dict[str, list[NodeProto]] = {}
    for name, numbers in observed(model, list(products), calibration).items():
        factors = smoothing_factors(numbers, [weights[product.input[1]] for product in products[name]])
        scale, zero_point = input_scale(numbers / factors)
        rounded = np.clip(np.rint(numbers / factors / scale) + zero_point, 0, 255)
        mean, rounded_mean = numbers.mean(axis=0), (rounded.mean(axis=0) - zero_point) * scale
        smooth, codes = f"{name}/smooth", f"{name}/codes"
        rounding = [constant(f"{name}/scale", scale), constant(f"{name}/zero_point", zero_point, np.uint8)]
        nodes = []
        value = values.get(name, "")
        if f"{value}/matrix_scales" in constants and len(readers[value]) == 1:
            # Smooth values make smooth means, and cost nothing.
            smooth = name
            for part in ("matrix_scales", "bias"):
                constant(f"{value}/{part}", constants[f"{value}/{part}"] / factors)
        else:
            nodes.append(helper.make_node("Mul", [name, constant(f"{name}/factors", 1 / factors)], [smooth], smooth))
        nodes.append(helper.make_node("QuantizeLinear", [smooth, *rounding], [codes], codes))
        for product in products[name]:
            matrix = weights[product.input[1]]
            scales = weight_scales(matrix * factors[:, None])
            matrix_codes = np.rint(matrix * factors[:, None] / scales)
            # Less what rounding adds to the product on average.
            bias = mean @ matrix - rounded_mean @ (matrix_codes * scales)
            output = product.output[0]
            below = readers[output]
            if len(below) == 1 and below[0].op_type == "Add" and set(below[0].input) & set(weights):
                (old,) = set(below[0].input) & set(weights)
                bias += weights[old]
                output = below[0].output[0]
                replacements[output] = []
            inputs = [
                codes,
                constant(f"{output}/matrix_codes", matrix_codes, np.int8),
                rounding[0],
                constant(f"{output}/matrix_scales", scales),
                rounding[1],
                "",
                constant(f"{output}/bias", bias),
            ]
            nodes.append(helper.make_node("MatMulIntegerToFloat", inputs, [output], output, domain="com.microsoft"))
            replacements[product.output[0]], nodes = nodes, []
    replace_nodes(graph, [new for node in graph.node for new in replacements.get(node.output[0], [node])])
    graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in constants.items())
    prune(graph)


def observed(model: ModelProto, names: Sequence[str], calibration: Sequence[Inputs]) -> dict[str, Floats]:
    """The numbers (rows x columns) that calibration gives each tensor of these names, in the graph's order."""
    watched = ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.extend([helper.make_empty_tensor_value_info(name) for name in names])
    session = onnxruntime.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    numbers: dict[str, list[Floats]] = {name: [] for name in names}
    for inputs in calibration:
        for name, array in zip(names, session.run(names, dict(inputs)), strict=True):
            numbers[name].append(array.reshape(-1, array.shape[-1]))
    return {name: np.concatenate(arrays) for name, arrays in numbers.items()}


def smoothing_factors(numbers: Floats, matrices: Sequence[Floats]) -> Floats:
    """What to divide the columns of `numbers` by, and to multiply the rows of `matrices` with, before both are rounded.

    The products stay the same. A single scale rounds all of an input, so that one column with numbers of 20 leaves
    little of the others' of 0.1 (Xiao et al., SmoothQuant, 2022, https://arxiv.org/abs/2211.10438, equation 4).
    """
    largest = np.maximum(np.abs(numbers).max(axis=0), 1e-3)
    heaviest = np.maximum(np.max([np.abs(matrix).max(axis=1) for matrix in matrices], axis=0), 1e-4)
    factors: Floats = (largest**SMOOTHING / heaviest ** (1 - SMOOTHING)).astype(np.float32)
    return factors


def input_scale(numbers: Floats) -> tuple[np.float32, int]:
    """The scale of an input's codes, 0 to 255, and the code of 0.

    It spans all numbers: a few of a text, at its first and last token, are by far the largest, and carry what the
    attention of the others rests on.
    """
    low, high = min(numbers.min(), 0), max(numbers.max(), 0)
    scale = np.float32(max((high - low) / 255, LEAST))
    return scale, int(np.rint(-low / scale))


def weight_scales(matrix: Floats) -> Floats:
    """The scale of each column's codes, -127 to 127.

    Without VNNI the products of two neighbouring rows are added in 16 bits, which saturate: 255 x (a + b) must stay
    below 2 ** 15. So such sums, too, are at most 127 codes, and 128 after rounding. That costs half a bit; weights of 7
    bits would cost one.
    """
    pairs = np.pad(matrix, ((0, len(matrix) % 2), (0, 0))).reshape(-1, 2, matrix.shape[1])
    # Of numbers with the same sign: the others' sum is smaller than one of them.
    sums = [np.maximum(sign * pairs, 0).sum(axis=1).max(axis=0) for sign in (1, -1)]
    scales: Floats = np.maximum(np.max(sums, axis=0) / 127, LEAST).astype(np.float32)
    return scales
