"""reference.json: the artifact's files, tokenizer and processor are those that training had, or it does not load."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

import inference
import traced_inference
from contract import Request


def read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.fixture
def copy(artifact: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(artifact, tmp_path / "artifact"))


def test_each_form_that_may_serve_has_its_scores(artifact: Path) -> None:
    reference = read(artifact / "reference.json")
    classifier = inference.model_fn(str(artifact))
    assert set(reference["scores"]) == {"int8", "fp32"}
    assert reference["labels"] == classifier.task.labels
    # The model cuts at 12.
    assert reference["tokens"] == [3, 6, 12, 12, 12, 12]
    assert inference.predict_fn(Request(reference["texts"]), classifier).predictions == reference["scores"]["int8"]


def change_head(folder: Path) -> None:
    """As if the weights were of another training."""
    weights = load_file(folder / "model.safetensors")
    save_file({**weights, "classifier.weight": weights["classifier.weight"].flip(0)}, folder / "model.safetensors")
    (folder / "model.onnx").unlink()


def change_tokenizer(folder: Path) -> None:
    """As if the tokenizer were of another base model; with texts whose words the tiny model knows."""
    reference = read(folder / "reference.json")
    reference["texts"] = ["the cat sleeps", "the dog sing"]
    scores = inference.predict_fn(Request(reference["texts"]), inference.model_fn(str(folder))).predictions
    reference["scores"] = {"int8": scores}
    (folder / "reference.json").write_text(json.dumps(reference), encoding="utf-8")
    inference.model_fn(str(folder))
    tokenizer = read(folder / "tokenizer.json")
    vocabulary = tokenizer["model"]["vocab"]
    vocabulary["sing"], vocabulary["sleeps"] = vocabulary["sleeps"], vocabulary["sing"]
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")


@pytest.mark.parametrize("spoil", [change_head, change_tokenizer])
def test_an_artifact_that_answers_wrongly_does_not_load(copy: Path, spoil: Any) -> None:
    spoil(copy)
    with pytest.raises(inference.ArtifactError, match=r"^this model's scores differ by .*; train the model again, or "):
        inference.model_fn(str(copy))


def test_pytorch_serves_with_the_scores_of_fp32(copy: Path) -> None:
    (copy / "model.onnx").unlink()
    classifier = inference.model_fn(str(copy))
    reference = read(copy / "reference.json")
    scores = inference.predict_fn(Request(reference["texts"]), classifier).predictions
    assert [score for row in scores for score in row] == pytest.approx(
        [score for row in reference["scores"]["fp32"] for score in row], abs=1e-5
    )


def test_a_traced_artifact_is_checked_by_fp32(traced: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(traced, tmp_path / "traced"))
    reference = read(folder / "reference.json")
    assert set(reference["scores"]) == {"fp32"}
    traced_inference.model_fn(str(folder))
    reference["scores"]["fp32"][0].reverse()
    (folder / "reference.json").write_text(json.dumps(reference))
    with pytest.raises(traced_inference.ArtifactError, match=r"^this traced model's scores differ by "):
        traced_inference.model_fn(str(folder))
