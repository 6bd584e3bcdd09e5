"""The same text gets the same answer, bit for bit: in any company, on one thread or two, with VNNI or without."""

import json
import os
import platform
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import inference
import onnx_graph
from artifact import save_artifact
from base_model import load_base_model
from conftest import arguments, call, laptop_model, logits_of, serving
from contract import Request, Task
from engines import ONNX_FILE, Engine, may_pad, onnx_engine
from export import copy_runtime
from inference import model_fn
from nasty_texts import NASTY
from packing import Inputs, padded_batches
from reference import reference_of

WORDS = ["a", "the", "no", "river", "teacher", "bread", "sings", "opens", "broke", "beside", "quietly", "two", ",", "?"]
FORMS = ("int8", "fp32")
# Stands for a processor without VNNI and without AVX-512, as many of AWS's are.
OLD_PROCESSOR = "Haswell"
EMULATOR = shutil.which("qemu-x86_64")


def made_texts() -> list[str]:
    """Texts of 1 to 40 words, most lengths more than once, some in capitals, and texts unlike any sentence."""
    chance = random.Random(8)
    sentences = [" ".join(chance.choices(WORDS, k=min(60, 1 + int(chance.expovariate(0.1))))) for _ in range(100)]
    return [text.upper() if number % 9 == 0 else text for number, text in enumerate(sentences)] + [
        text for text in NASTY if text.strip()
    ]


TEXTS = made_texts()


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """In either form the laptop's base model with a head of chance, saved as training saves it."""
    folder = tmp_path_factory.mktemp("forms")
    torch.manual_seed(3)
    args = arguments(folder, laptop_model(), folder / "int8", max_length=64)
    model, tokenizer = load_base_model(args, ["acceptable", "unacceptable"])
    # Far from 0, so that logits differ from text to text.
    torch.nn.init.normal_(model.classifier.weight)
    # Half of the texts are unlike what the scales were fixed by.
    token_ids = tokenizer(TEXTS[:30], truncation=True)["input_ids"]
    calibration = [inputs for _, inputs in padded_batches(token_ids, tokenizer.pad_token_id, padding=False)]
    files = {form: folder / f"{form}.onnx" for form in FORMS}
    onnx_graph.write_onnx(model.eval(), files["int8"], files["fp32"], calibration)
    for form, file in files.items():
        saved = replace(args, model_dir=str(folder / form))
        reference = reference_of({form: onnx_engine(file)}, tokenizer, Task(["acceptable", "unacceptable"]))
        save_artifact(saved, model, tokenizer, {"rows": 0}, reference)
        copy_runtime(folder / form / "code")
        file.rename(folder / form / ONNX_FILE)
    return {form: folder / form for form in FORMS}


@pytest.fixture(params=FORMS)
def artifact(request: pytest.FixtureRequest, artifacts: dict[str, Path]) -> Path:
    return artifacts[request.param]


def alone(artifact: Path) -> list[list[float]]:
    """The logits of TEXTS, each asked by itself."""
    classifier = model_fn(str(artifact))
    return [logits_of([text], classifier)[0] for text in TEXTS]


@pytest.mark.parametrize("threads", ["1", "2"])
def test_in_any_company_order_and_number_of_threads(
    artifact: Path, threads: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = alone(artifact)
    monkeypatch.setenv("OMP_NUM_THREADS", threads)
    classifier = model_fn(str(artifact))
    # Else no company would be padded, and less be tested.
    assert classifier.engine.padding or platform.machine() not in ("x86_64", "AMD64")
    for size in (2, 16, len(TEXTS)):
        order = random.Random(size).sample(range(len(TEXTS)), len(TEXTS))
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            logits = logits_of([TEXTS[row] for row in rows], classifier)
            assert logits == [expected[row] for row in rows]


def test_under_the_load_of_16_connections(artifact: Path, tmp_path: Path) -> None:
    classifier = model_fn(str(artifact))
    expected = [inference.predict_fn(Request([text]), classifier).predictions for text in TEXTS]
    asked = random.Random(1).choices(range(len(TEXTS)), k=160)
    with serving(artifact, tmp_path) as server, ThreadPoolExecutor(16) as connections:
        bodies = [json.dumps(TEXTS[row]).encode() for row in asked]
        answers = list(connections.map(lambda body: call(server, "/invocations", body), bodies))
    assert answers == [(200, expected[row]) for row in asked]


@pytest.mark.parametrize("token_types", [False, True])
def test_texts_are_padded_only_where_that_moves_no_bit_or_on_a_gpu_no_answer_far(*, token_types: bool) -> None:
    """Engines that sum what is real; a row's length too, in the last bits of their answers; and the padding itself."""

    def exact(inputs: Inputs) -> NDArray[np.float32]:
        assert ("token_type_ids" in inputs) == token_types
        real = (inputs["input_ids"] * inputs["attention_mask"]).sum(axis=1, dtype=np.float32, keepdims=True)
        logits: NDArray[np.float32] = real * np.array([1, 2], dtype=np.float32)
        return logits

    def inexact(inputs: Inputs) -> NDArray[np.float32]:
        logits = exact(inputs)
        logits += np.spacing(logits) * (inputs["input_ids"].shape[1] % 4)
        return logits

    def unmasked(inputs: Inputs) -> NDArray[np.float32]:
        logits: NDArray[np.float32] = inputs["input_ids"].mean(axis=1, dtype=np.float32, keepdims=True)
        return logits

    for length in (1, 5, 24, 200):
        ids = list(range(7, 7 + length))
        # A text of one token has no shorter beginning.
        alone = length == 1
        for forward, exactly, nearly in ((exact, True, True), (inexact, alone, True), (unmasked, alone, alone)):
            engine = Engine(forward, token_types=token_types)
            assert may_pad(engine, ids, pad_token_id=3) == exactly
            assert may_pad(engine._replace(company=1e-2), ids, pad_token_id=3) == nearly


@pytest.mark.skipif(
    EMULATOR is None or platform.machine() != "x86_64",
    reason="qemu-x86_64 is not installed (apt-get install qemu-user)",
)
def test_int8_on_a_processor_without_vnni(artifacts: dict[str, Path]) -> None:
    """fp32 differs by 1e-7: its sums are in another order where registers are of another width."""
    assert EMULATOR
    artifact = artifacts["int8"]
    program = """
import json, sys
sys.path.insert(0, sys.argv[1] + "/code")
import inference
classifier = inference.model_fn(sys.argv[1])
requests = [inference.Request([text], function_to_apply="none") for text in json.load(sys.stdin)]
print(json.dumps([inference.predict_fn(request, classifier).predictions[0] for request in requests]))
"""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    command = [EMULATOR, "-cpu", OLD_PROCESSOR, sys.executable, "-c", program, str(artifact)]
    ended = subprocess.run(
        command, input=json.dumps(TEXTS[::20]), env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == alone(artifact)[::20]
