"""The traced artifact's handlers: the same contract as the trained one's, with and without an accelerator."""

import contextlib
import json
import sys
import types
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import inference
import traced_inference
from engines import torch_engine
from traced_inference import Classifier

TEXTS = ["the cat sleeps today again here", "the dog sing", "the bird waits soon"]


@pytest.fixture(scope="module")
def classifiers(artifact: Path, traced: Path) -> tuple[Any, Classifier]:
    """The trained artifact's weights in fp32, which is what is traced, and the traced artifact."""
    trained = replace(inference.model_fn(str(artifact)), engine=torch_engine(artifact, "cpu"))
    return trained, traced_inference.model_fn(str(traced))


def answer(handlers: Any, classifier: Any, body: bytes | str, content_type: str, accept: str) -> Any:
    """The answer of the whole way of a request, or the refusal."""
    try:
        request = handlers.input_fn(body, content_type)
        return json.loads(handlers.output_fn(handlers.predict_fn(request, classifier), accept))
    except handlers.RequestError as error:
        return f"refused: {error}"


def rounded(value: Any) -> Any:
    """An answer whose scores are cut to what is compared."""
    if isinstance(value, float):
        return pytest.approx(value, abs=1e-5)
    if isinstance(value, list):
        return [rounded(entry) for entry in value]
    return {name: rounded(entry) for name, entry in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize(
    ("body", "content_type", "accept"),
    [
        *[
            (json.dumps(payload), "application/json", "application/json")
            for payload in [
                TEXTS[0],
                TEXTS,
                TEXTS * 25,
                "the dog sing " + "here " * 600,
                "[SEP] the [MASK] unknown \u4e2d caf\u00e9",
                {"describe": True},
                {"inputs": TEXTS[1]},
                {"inputs": TEXTS, "parameters": None},
                {"inputs": TEXTS, "parameters": {"top_k": 1}},
                {"inputs": TEXTS, "parameters": {"top_k": 99, "function_to_apply": "none"}},
                {"inputs": TEXTS, "parameters": {"function_to_apply": "sigmoid"}},
                {"inputs": TEXTS, "parameters": {"function_to_apply": "tanh"}},
                {"inputs": TEXTS, "parameters": {"top_k": 0}},
                {"inputs": TEXTS, "parameters": {"k": 1}},
                {"text": "a"},
                [],
                [""],
                ["a", 7],
                7,
                None,
            ]
        ],
        (b'"the cat sleeps"', "application/json; charset=utf-8", "text/html, */*;q=0.8"),
        (b'"the cat sleeps"', "text/csv", "application/json"),
        (b'"the cat sleeps"', "application/json", "text/csv"),
        (b"\xff", "application/json", "application/json"),
        (b"", "application/json", "application/json"),
    ],
)
def test_answers_and_refusals_are_the_trained_artifacts(
    classifiers: tuple[Any, Classifier], body: bytes | str, content_type: str, accept: str
) -> None:
    trained, traced = classifiers
    expected = answer(inference, trained, body, content_type, accept)
    assert answer(traced_inference, traced, body, content_type, accept) == rounded(expected)


class Accelerator:
    """Stands for Amazon's torch: notes the calls that go to it, and answers by the CPU."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[object, ...]] = []
        self.is_on = False
        monkeypatch.setenv("SAGEMAKER_INFERENCE_ACCELERATOR_PRESENT", "true")
        monkeypatch.setattr(torch.jit, "optimized_execution", self.optimized_execution)

    @contextlib.contextmanager
    def optimized_execution(self, *options: object) -> Iterator[None]:
        self.calls.append(("optimized_execution", *options))
        self.is_on = True
        yield
        self.is_on = False

    def watch(self, model: Any) -> Any:
        """The model, which refuses to run outside optimized_execution and with gradients."""

        def forward(*inputs: torch.Tensor) -> Any:
            assert self.is_on
            assert not torch.is_grad_enabled()
            self.calls.append(("forward", *(tuple(tensor.shape) for tensor in inputs)))
            return model(*inputs)

        return forward


def ask(classifier: Classifier, texts: list[str]) -> Any:
    return answer(traced_inference, classifier, json.dumps(texts), "application/json", "*/*")


def test_pytorch_1_3_1_is_told_its_accelerator(
    classifiers: tuple[Any, Classifier], traced: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = ask(classifiers[1], TEXTS)
    accelerator = Accelerator(monkeypatch)
    monkeypatch.delitem(sys.modules, "torcheia", raising=False)
    load = torch.jit.load

    def watched_load(*arguments: Any, **options: Any) -> Any:
        assert options == {"map_location": torch.device("cpu")}
        model = load(*arguments, **options)  # type: ignore[no-untyped-call]
        return types.SimpleNamespace(eval=lambda: accelerator.watch(model.eval()))

    monkeypatch.setattr(torch.jit, "load", watched_load)
    eia = ("optimized_execution", True, {"target_device": "eia:0"})
    classifier = traced_inference.model_fn(str(traced))
    # The accelerator itself has been asked for what is known.
    assert accelerator.calls == [eia, ("forward", (6, 16), (6, 16))]
    accelerator.calls.clear()
    assert ask(classifier, TEXTS) == rounded(expected)
    assert ask(classifier, TEXTS * 11) == rounded(expected * 11)
    assert accelerator.calls == [
        *(eia, ("forward", (3, 16), (3, 16))),
        *(eia, ("forward", (32, 16), (32, 16))),
        *(eia, ("forward", (1, 16), (1, 16))),
    ]


def test_pytorch_1_5_1_attaches_the_model_once(
    classifiers: tuple[Any, Classifier], traced: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = ask(classifiers[1], TEXTS)
    accelerator = Accelerator(monkeypatch)

    def attach_eia(model: Any, ordinal: int) -> Any:
        accelerator.calls.append(("attach_eia", model.training, ordinal))
        return accelerator.watch(model)

    torcheia = types.ModuleType("torcheia")
    torcheia.jit = types.SimpleNamespace(attach_eia=attach_eia)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torcheia", torcheia)
    monkeypatch.setattr(
        torch._C,
        "_jit_set_profiling_executor",
        lambda is_on: accelerator.calls.append(("_jit_set_profiling_executor", is_on)),
    )
    classifier = traced_inference.model_fn(str(traced))
    assert ask(classifier, TEXTS) == rounded(expected)
    assert ask(classifier, TEXTS[:1]) == rounded(expected[:1])
    assert accelerator.calls == [
        ("_jit_set_profiling_executor", False),
        ("attach_eia", False, 0),
        ("optimized_execution", True),
        ("forward", (6, 16), (6, 16)),
        ("optimized_execution", True),
        ("forward", (3, 16), (3, 16)),
        ("optimized_execution", True),
        ("forward", (1, 16), (1, 16)),
    ]


@pytest.mark.parametrize("value", [None, "false", ""])
def test_without_an_accelerator_the_cpu_answers(
    classifiers: tuple[Any, Classifier], traced: Path, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    accelerator = Accelerator(monkeypatch)
    monkeypatch.delenv("SAGEMAKER_INFERENCE_ACCELERATOR_PRESENT")
    if value is not None:
        monkeypatch.setenv("SAGEMAKER_INFERENCE_ACCELERATOR_PRESENT", value)
    assert ask(traced_inference.model_fn(str(traced)), TEXTS) == rounded(ask(classifiers[1], TEXTS))
    assert accelerator.calls == []


def test_an_accelerator_that_torch_does_not_know_is_an_error_never_silently_the_cpu(
    traced: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAGEMAKER_INFERENCE_ACCELERATOR_PRESENT", "true")
    with pytest.raises(TypeError):
        traced_inference.model_fn(str(traced))
