"""Several labels a text, and pairs of texts: from the .csv file to the answer."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

import contract
import export
import inference
import metrics
from conftest import arguments, pack, paired, run_trace, tagged, train_alone, write_csv
from contract import RequestError, Task
from errors import InputError


@pytest.fixture(scope="module")
def tags(base_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tags")
    write_csv(folder / "training" / "train.csv", tagged(400, seed=1), header=["text", "labels"])
    write_csv(folder / "testing" / "test.csv", tagged(100, seed=2), header=["text", "labels"])
    train_alone(arguments(folder, base_model, folder / "artifact", epochs=8))
    return folder / "artifact"


@pytest.fixture(scope="module")
def pairs(base_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pairs")
    write_csv(folder / "training" / "train.csv", paired(400, seed=1), header=["text", "text_pair", "label"])
    write_csv(folder / "testing" / "test.csv", paired(100, seed=2), header=["text", "text_pair", "label"])
    train_alone(arguments(folder, base_model, folder / "artifact", epochs=12))
    return folder / "artifact"


def read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def answer(artifact: Path, payload: object) -> Any:
    request = inference.input_fn(json.dumps(payload), "application/json")
    return inference.predict_fn(request, inference.model_fn(str(artifact))).predictions


def test_a_finished_classifier_of_pairs_is_refused_windows(pairs: Path, tmp_path: Path) -> None:
    choices = {"epochs": 0, "training": "", "testing": "", "overflow": "window"}
    with pytest.raises(InputError, match="--overflow is window, in which no pairs are read"):
        train_alone(arguments(tmp_path, pairs, tmp_path / "model", **choices))


def test_several_labels_are_learnt_measured_and_told_in_config_json(tags: Path) -> None:
    config, measured = read(tags / "config.json"), read(tags / "metrics.json")
    assert config["problem_type"] == "multi_label_classification"
    assert config["id2label"] == {"0": "pet", "1": "wild", "2": "work"}
    # Of the form that serves, and so of fp32 too, which a GPU serves with the same config.json.
    for form in (measured, measured["fp32"]):
        assert config["thresholds"] == [label["threshold"] for label in form["per_label"].values()]
    assert measured["matthews_correlation"] > 0.9
    assert measured["micro_f1"] > 0.9
    assert measured["majority_class_accuracy"] < 0.5 < measured["accuracy"]
    assert measured["serving"]["format"] == "onnx int8"


def test_thresholds_are_fitted_by_no_row_of_the_test_split(base_model: Path, tmp_path: Path) -> None:
    write_csv(tmp_path / "training" / "train.csv", tagged(400, seed=1), header=["text", "labels"])
    thresholds = []
    for seed in (2, 3):
        write_csv(tmp_path / "testing" / "test.csv", tagged(100, seed=seed), header=["text", "labels"])
        train_alone(arguments(tmp_path, base_model, tmp_path / "artifact", epochs=1))
        thresholds.append(read(tmp_path / "artifact" / "config.json")["thresholds"])
    assert thresholds[0] == thresholds[1] != [0.5, 0.5, 0.5]


def test_the_labels_that_reach_their_thresholds_are_answered_and_the_others_with_top_k(tags: Path) -> None:
    def labels(text: str, **parameters: object) -> list[str]:
        (entries,) = answer(tags, {"inputs": text, "parameters": parameters})
        return [entry["label"] for entry in entries]

    assert sorted(labels("the dog here again soon")) == ["pet", "work"]
    assert labels("the bird here again soon") == ["wild"]
    assert labels("the child here again soon") == []
    assert labels("the bird here again soon", function_to_apply="none") == ["wild"]
    assert len(labels("the child here again soon", top_k=99)) == 3
    assert labels("the bird here again soon", top_k=1) == ["wild"]


def test_a_label_that_reaches_its_threshold_comes_before_one_with_a_higher_score(tags: Path) -> None:
    classifier = inference.model_fn(str(tags))
    task = classifier.task._replace(thresholds=[0.9, 0.1, 0.9], temperature=1.0)
    request = inference.input_fn('{"inputs": "a", "parameters": {"top_k": 3}}', "application/json")
    ranked = contract.answer(request, [[1.0, -1.0, 2.0]], task).predictions[0]
    assert [entry["label"] for entry in ranked] == ["wild", "work", "pet"]
    assert [entry["score"] for entry in ranked] == pytest.approx(torch.tensor([-1.0, 2.0, 1.0]).sigmoid().tolist())


def test_sigmoid_scores_agree_with_transformers_own(tags: Path) -> None:
    texts = ["cat farmer today", "bird here", "soon"]
    tokenizer = AutoTokenizer.from_pretrained(tags)
    model = AutoModelForSequenceClassification.from_pretrained(tags)
    with torch.no_grad():
        logits = model(**tokenizer(texts, padding=True, return_tensors="pt")).logits
    tempered = logits / read(tags / "config.json")["score_temperature"]
    torch.testing.assert_close(torch.tensor(answer(tags, texts)), tempered.sigmoid(), atol=0.02, rtol=0)


def test_int8_is_compared_by_what_reaches_the_thresholds(
    base_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By another threshold of int8 nearly all predictions change."""
    seen: list[Any] = []
    predictions_of = metrics.predictions_of

    def predictions(logits: torch.Tensor, task: Task) -> Any:
        seen.append(task.thresholds)
        return predictions_of(logits, task if len(seen) % 2 else task._replace(thresholds=[1.0] * 3))

    monkeypatch.setattr(export, "predictions_of", predictions)
    for channel in ("training", "testing"):
        write_csv(tmp_path / channel / "rows.csv", tagged(400, seed=1), header=["text", "labels"])
    train_alone(arguments(tmp_path, base_model, tmp_path / "artifact"))
    serving = read(tmp_path / "artifact" / "metrics.json")["serving"]
    assert serving["format"] == "onnx fp32"
    assert serving["comparison"]["changed_predictions"] > 0.5
    assert seen[0] == seen[1] == pytest.approx(read(tmp_path / "artifact" / "config.json")["thresholds"], abs=1e-3)


def test_pairs_are_learnt_and_answered_alone_and_in_lists(pairs: Path) -> None:
    assert read(pairs / "config.json")["text_pair"] is True
    assert read(pairs / "metrics.json")["accuracy"] > 0.9
    good, bad = ({"text": "the cat sing", "text_pair": f"the dog {verb}"} for verb in ("sings", "sing"))
    assert answer(pairs, {"inputs": good})[0][0]["label"] == "acceptable"
    lists = answer(pairs, {"inputs": [bad, good]})
    assert [entries[0]["label"] for entries in lists] == ["unacceptable", "acceptable"]
    assert answer(pairs, {"inputs": good})[0] == lists[1]
    assert [row.index(max(row)) for row in answer(pairs, [good, bad])] == [0, 1]


def test_the_reference_of_pairs_is_pairs(pairs: Path, tags: Path) -> None:
    reference = read(pairs / "reference.json")
    assert all(set(text) == {"text", "text_pair"} for text in reference["texts"])
    assert answer(pairs, reference["texts"]) == reference["scores"]["int8"]
    assert all(isinstance(text, str) for text in read(tags / "reference.json")["texts"])


def test_a_model_refuses_inputs_of_the_other_kind(pairs: Path, artifact: Path) -> None:
    pair = {"text": "the cat", "text_pair": "the dog"}
    with pytest.raises(RequestError, match=r"^input 1 is a single text: this model classifies pairs, {\"text\": "):
        answer(pairs, [pair, "the cat"])
    with pytest.raises(RequestError, match=r"^input 0 is a pair: this model classifies single texts$"):
        answer(artifact, [pair])


@pytest.mark.parametrize(
    ("inputs", "complaint"),
    [
        ({"text": "a"}, "input 0 has no 'text_pair'; a pair is"),
        ([{"text_pair": "a"}], "input 0 has no 'text'; a pair is"),
        ([{"text": "a", "text_pair": "b"}, {"text": "a", "pair": "b"}], "input 1 has an unknown field; a pair is"),
        ({"text": "a", "text_pair": " "}, "'text_pair' of input 0 is empty"),
        ({"text": 1, "text_pair": "a"}, "'text' of input 0 is not a text"),
        ([["a", "b"]], "input 0 is not a text"),
    ],
)
def test_what_is_no_pair_is_refused(inputs: object, complaint: str) -> None:
    with pytest.raises(RequestError, match=complaint):
        inference.input_fn(json.dumps({"inputs": inputs}), "application/json")


def test_a_model_of_several_labels_is_traced_and_one_of_pairs_is_not(tags: Path, pairs: Path, tmp_path: Path) -> None:
    ended = run_trace(pack(tags, tmp_path / "tags"), tmp_path / "traced", sequence_length=16)
    assert ended.returncode == 0, ended.stderr
    assert "6 texts agree to " in ended.stdout
    ended = run_trace(pack(pairs, tmp_path / "pairs"), tmp_path / "none", sequence_length=16)
    assert ended.stderr == ("ValueError: the model classifies pairs of texts; only one of single texts can be traced\n")
