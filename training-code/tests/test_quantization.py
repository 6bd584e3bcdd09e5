import numpy as np
import onnxruntime
import pytest
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from quantization import input_scale, quantize, weight_scales

CHANCE = np.random.default_rng(4)
ROWS = 64
LARGE = 3


def same_signs() -> np.ndarray:
    """Neighbouring rows as large as any and of one sign: without VNNI their products are what saturates."""
    signs = np.repeat(CHANCE.choice([-1, 1], size=(ROWS // 2, 16)), 2, axis=0)
    return (signs * CHANCE.uniform(0.9, 1, size=(ROWS, 16))).astype(np.float32)


@pytest.mark.parametrize("matrix", [same_signs(), CHANCE.normal(size=(7, 5)), np.zeros((4, 3))])
def test_no_two_neighbours_can_saturate_16_bits(matrix: np.ndarray) -> None:
    codes = np.rint(matrix / weight_scales(matrix)).astype(int)
    codes = np.pad(codes, ((0, len(codes) % 2), (0, 0)))
    for part in (codes.clip(min=0), -codes.clip(max=0)):
        assert 255 * (part[0::2] + part[1::2]).max() < 2**15
    assert np.abs(codes).max() <= 127


def test_an_input_is_spanned_whole() -> None:
    numbers = np.concatenate([np.linspace(-1, 3, 100_000), [59]]).astype(np.float32)
    scale, zero_point = input_scale(numbers)
    assert 255 * scale == pytest.approx(60, rel=1e-3)
    assert zero_point == 4
    assert input_scale(np.full(9, 2, np.float32))[1] == 0


def test_what_is_computed_in_int8_is_exact_on_every_processor() -> None:
    """Inputs of one sign and matrices of one sign: the largest sums there are."""
    matrix, bias = same_signs(), CHANCE.normal(size=16).astype(np.float32)
    numbers = CHANCE.uniform(0.5, 1, size=(3, 20, ROWS)).astype(np.float32)
    model = product(matrix, bias)
    expected = run(model, numbers)
    quantize(model, [{"input_ids": numbers}])  # type: ignore[typeddict-item]
    assert [node.op_type for node in model.graph.node] == ["Mul", "QuantizeLinear", "MatMulIntegerToFloat"]
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    scale, zero_point = weights["input_ids/scale"], weights["input_ids/zero_point"].astype(int)
    codes = np.rint(numbers * weights["input_ids/factors"] / scale).clip(0, 255).astype(int)
    sums = (codes - zero_point) @ weights["sum/matrix_codes"].astype(int)
    exact = sums * scale * weights["sum/matrix_scales"] + weights["sum/bias"]
    np.testing.assert_allclose(run(model, numbers), exact, rtol=1e-5, atol=1e-5)
    # Eight bits' worth, and no error that is the same in every row.
    difference = run(model, numbers) - expected
    assert np.abs(difference).max() < 0.15
    assert np.abs(difference.mean(axis=(0, 1))).max() < 1e-4


@pytest.mark.parametrize("values_read_twice", [False, True])
def test_what_attention_answers_is_smoothed_by_its_values(*, values_read_twice: bool) -> None:
    """One column of the values is a hundred times the others': without smoothing it would take all 255 codes."""
    query, key, value, output = (CHANCE.normal(size=(16, 16)).astype(np.float32) for _ in range(4))
    value[:, LARGE] *= 100
    output[LARGE] /= 100
    inputs = ["query", "key", "value"]
    nodes = [helper.make_node("MatMul", ["input_ids", f"{name}_matrix"], [name]) for name in inputs]
    nodes += [
        helper.make_node("MultiHeadAttention", inputs, ["answer"], domain="com.microsoft", num_heads=2, scale=0.05),
        helper.make_node("MatMul", ["answer", "output_matrix"], ["product"]),
        helper.make_node("Add", ["product", "value" if values_read_twice else "bias"], ["sum"]),
    ]
    matrices = {"query_matrix": query, "key_matrix": key, "value_matrix": value, "output_matrix": output}
    model = graph_of(nodes, {**matrices, "bias": CHANCE.normal(size=16).astype(np.float32)})
    numbers = CHANCE.normal(size=(3, 20, 16)).astype(np.float32)
    # All but what is added there of the large values themselves.
    columns = [column for column in range(16) if column != LARGE]
    expected = run(model, numbers)
    quantize(model, [{"input_ids": numbers}])  # type: ignore[typeddict-item]
    factors = {tensor.name for tensor in model.graph.initializer if tensor.name.endswith("/factors")}
    # Of values that something else reads, too, nothing may change.
    assert factors == {"input_ids/factors"} | ({"answer/factors"} if values_read_twice else set())
    # Without smoothing, half.
    assert (run(model, numbers) - expected)[..., columns].std() < 0.05 * expected[..., columns].std()


def product(matrix: np.ndarray, bias: np.ndarray) -> ModelProto:
    """A graph of one product and the sum with its bias."""
    nodes = [
        helper.make_node("MatMul", ["input_ids", "matrix"], ["product"]),
        helper.make_node("Add", ["bias", "product"], ["sum"]),
    ]
    return graph_of(nodes, {"matrix": matrix, "bias": bias})


def graph_of(nodes: list[NodeProto], constants: dict[str, np.ndarray]) -> ModelProto:
    """A graph from `input_ids` to `sum`, each with three dimensions."""
    shape = [None, None, None]
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("input_ids", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("sum", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    domains = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=domains, ir_version=8)


def run(model: ModelProto, numbers: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (answer,) = session.run(None, {"input_ids": numbers})
    return np.asarray(answer)
