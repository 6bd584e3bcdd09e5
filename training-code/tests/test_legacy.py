"""The traced artifact under the Pythons and torches of AWS's legacy images; skipped unless told where they are.

They are hundreds of megabytes, so nobody gets them by `npm test`. With Python 3.6, 3.7 and 3.8 (pyenv has them), once:

    python3.6 -m venv torch131 && torch131/bin/pip install torch==1.3.1 numpy
    python3.7 -m venv torch151 && torch151/bin/pip install torch==1.5.1 numpy    (and so with 3.8)

and then, in training-code/, with all of them, the one to trace with first:

    LEGACY_PYTHONS="torch131/bin/python torch151/bin/python" python -m pytest tests/test_legacy.py
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer as RustTokenizer

import inference
from artifact import save_artifact
from base_model import load_base_model
from conftest import arguments, laptop_model, pack, run_trace
from contract import Request, Task
from engines import model_engine, torch_engine
from nasty_texts import NASTY, generated_texts
from reference import reference_of

PYTHONS = os.environ.get("LEGACY_PYTHONS", "").split()
pytestmark = pytest.mark.skipif(not PYTHONS, reason="LEGACY_PYTHONS names no interpreters")

# What the container does, in a line each: `texts` on stdin, logits and token ids on stdout.
SERVE = """
import json, sys
sys.path.insert(0, sys.argv[1] + "/code")
import inference
classifier = inference.model_fn(sys.argv[1])
texts = json.load(sys.stdin)
body = json.dumps({"inputs": texts, "parameters": {"function_to_apply": "none"}}).encode()
answer = inference.predict_fn(inference.input_fn(body, "application/json"), classifier)
json.dump({"answer": json.loads(inference.output_fn(answer, "*/*")), "ids": classifier.tokenizer(texts)}, sys.stdout)
"""


def serve(python: str, folder: Path, texts: list[str]) -> Any:
    """The answer to `texts` of the traced artifact in `folder`, under another Python."""
    command = [python, "-B", "-c", SERVE, str(folder)]
    ended = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=False, timeout=300)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def by_label(answer: list[list[dict[str, Any]]]) -> list[list[float]]:
    """The scores of each text in the order of its labels' names."""
    return [[entry["score"] for entry in sorted(row, key=lambda entry: str(entry["label"]))] for row in answer]


@pytest.fixture(scope="module", params=["tiny", "minilm"])
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained artifact, or the laptop's base model with a random head, saved as training saves."""
    if request.param == "tiny":
        return Path(request.getfixturevalue("artifact"))
    folder = tmp_path_factory.mktemp("minilm")
    torch.manual_seed(3)
    args = arguments(folder, laptop_model(), folder / "artifact", max_length=128)
    labels = ["acceptable", "neither", "unacceptable"]
    model, tokenizer = load_base_model(args, labels)
    # Far from 0, so that logits differ from text to text.
    torch.nn.init.normal_(model.classifier.weight)
    reference = reference_of({"fp32": model_engine(model.eval())}, tokenizer, Task(labels))
    save_artifact(args, model, tokenizer, {"rows": 0}, reference)
    return folder / "artifact"


@pytest.fixture(scope="module")
def texts(trained: Path) -> list[str]:
    return [text for text in NASTY + generated_texts(60, seed=4) if text.strip()] + ["The cat sat on the mat."] * 3


@pytest.fixture(scope="module")
def expected(trained: Path, texts: list[str]) -> Any:
    """The trained model's own logits, its texts cut at 64 tokens as the traced ones are."""
    classifier = inference.model_fn(str(trained))
    reader = replace(classifier.reader, max_length=min(64, classifier.reader.max_length))
    classifier = replace(classifier, engine=torch_engine(trained, "cpu"), reader=reader)
    return inference.predict_fn(Request(texts, named=True, function_to_apply="none"), classifier).predictions


@pytest.mark.parametrize("tracer", range(len(PYTHONS)))
def test_traced_by_an_old_torch_it_answers_alike_under_it_and_all_newer_ones(
    trained: Path, texts: list[str], expected: Any, *, tracer: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = run_trace(pack(trained, tmp_path / "channel"), tmp_path / "traced", 64, python=PYTHONS[tracer])
    # Not even a warning: it would say that something became a constant of the trace.
    assert (ended.returncode, ended.stderr) == (0, "")
    rust = RustTokenizer.from_file(str(tmp_path / "traced" / "tokenizer.json")).encode_batch(texts)
    for python in [*PYTHONS[tracer:], sys.executable]:
        served = serve(python, tmp_path / "traced", texts)
        assert served["ids"] == [[row.ids for row in rust], [row.attention_mask for row in rust]]
        difference = np.abs(np.array(by_label(served["answer"])) - by_label(expected)).max()
        with capsys.disabled():
            print(f"\n{ended.stdout.strip()}; served by {python}: {len(texts)} texts to {difference:.1e}")
        assert difference <= 1e-4
    shutil.rmtree(tmp_path)
