import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

import inference
from conftest import PROJECT
from contract import Answer, Request, task_of
from inference import Classifier, RequestError

TEXTS = ["the cat sleeps today again here", "the dog sing", "the bird waits soon"]
LABELS = ["acceptable", "unacceptable"]
# What int8 may move a score of the tiny model by.
ROUNDING = 5e-3


@pytest.fixture(scope="module")
def classifier(artifact: Path) -> Classifier:
    return inference.model_fn(str(artifact))


def answer(classifier: Classifier, payload: object) -> Any:
    """The whole way of a request, as the containers go it."""
    request = inference.input_fn(json.dumps(payload).encode(), "application/json")
    return json.loads(inference.output_fn(inference.predict_fn(request, classifier), "application/json"))


def test_a_bare_text_or_list_is_answered_by_a_matrix_in_the_order_of_the_label_ids(classifier: Classifier) -> None:
    matrix = answer(classifier, TEXTS)
    assert [row.index(max(row)) for row in matrix] == [0, 1, 0]
    assert [sum(row) for row in matrix] == pytest.approx([1, 1, 1])
    single = answer(classifier, TEXTS[1])
    assert len(single) == 1
    assert single[0] == matrix[1]


def test_inputs_are_answered_by_named_scores_highest_first_and_always_nested(classifier: Classifier) -> None:
    lists = answer(classifier, {"inputs": TEXTS})
    assert [scores[0]["label"] for scores in lists] == [LABELS[0], LABELS[1], LABELS[0]]
    for scores in lists:
        assert sorted(entry["label"] for entry in scores) == LABELS
        assert scores[0]["score"] >= scores[1]["score"]
        assert sum(entry["score"] for entry in scores) == pytest.approx(1)
    single = answer(classifier, {"inputs": TEXTS[1], "parameters": {}})
    assert [[entry["label"] for entry in scores] for scores in single] == [[LABELS[1], LABELS[0]]]


@pytest.mark.parametrize(("top_k", "count"), [(1, 1), (2, 2), (99, 2)])
def test_top_k_limits_the_labels(classifier: Classifier, top_k: int, count: int) -> None:
    lists = answer(classifier, {"inputs": TEXTS, "parameters": {"top_k": top_k}})
    assert [len(scores) for scores in lists] == [count] * 3


def test_function_to_apply(classifier: Classifier) -> None:
    def scores(name: str) -> torch.Tensor:
        lists = answer(classifier, {"inputs": TEXTS, "parameters": {"function_to_apply": name}})
        return torch.tensor([[entry["score"] for entry in sorted(row, key=lambda e: e["label"])] for row in lists])

    logits = scores("none")
    assert classifier.task.temperature != 1
    tempered = logits / classifier.task.temperature
    torch.testing.assert_close(scores("softmax"), tempered.softmax(dim=1))
    torch.testing.assert_close(scores("sigmoid"), tempered.sigmoid())


def test_an_artifact_of_before_has_no_temperature(artifact: Path) -> None:
    config = json.loads((artifact / "config.json").read_text())
    assert task_of(config).temperature == config.pop("score_temperature")
    assert task_of(config).temperature == 1


def test_answers_keep_their_order_over_several_batches(classifier: Classifier) -> None:
    texts = [TEXTS[number % 3] + " here" * (number % 7) for number in range(75)]
    assert answer(classifier, texts) == [answer(classifier, text)[0] for text in texts]


def test_long_texts_are_cut_where_training_cut_them(classifier: Classifier) -> None:
    # max_length is 12, of which two tokens are [CLS] and [SEP].
    whole = answer(classifier, "the dog sing " + "here " * 600)
    cut = answer(classifier, "the dog sing " + "here " * 7)
    assert whole == cut


def test_agrees_with_transformers_own_loading(artifact: Path, classifier: Classifier) -> None:
    tokenizer = AutoTokenizer.from_pretrained(artifact)
    model = AutoModelForSequenceClassification.from_pretrained(artifact)
    with torch.no_grad():
        logits = model(**tokenizer(TEXTS, padding=True, truncation=True, return_tensors="pt")).logits
    tempered = logits / json.loads((artifact / "config.json").read_text())["score_temperature"]
    torch.testing.assert_close(torch.tensor(answer(classifier, TEXTS)), tempered.softmax(dim=1), atol=ROUNDING, rtol=0)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "the body is not valid JSON"),
        (b"{", "the body is not valid JSON"),
        (b"[" * 100_000, "the body is not valid JSON"),
        (b"\xff", "the body is not valid JSON"),
        (b"7", r"the inputs must be a text, a pair \{.*\} or a list of them, at least one"),
        (b"null", r"the inputs must be a text, a pair \{.*\} or a list of them, at least one"),
        (b"[]", r"the inputs must be a text, a pair \{.*\} or a list of them, at least one"),
        (b'""', "input 0 is empty"),
        (b'["a", " "]', "input 1 is empty"),
        (rb'["a", "\ud83d"]', "input 1 is not valid Unicode"),
        (b'["a", 7]', "input 1 is not a text"),
        (b"{}", "the request has no 'inputs'"),
        (b'{"inputs": {"text": "a"}}', "input 0 has no 'text_pair'"),
        (
            b'{"inputs": "a", "options": {}}',
            "the request has the unknown field 'options'; known are inputs, parameters",
        ),
        (b'{"a lamp": "a"}', "^the request has an unknown field; known are inputs, parameters$"),
        (b'{"inputs": {"a lamp": 1}}', "^input 0 has an unknown field; a pair is [^l]*$"),
        (b'{"inputs": "a", "parameters": [1]}', "'parameters' must be an object"),
        (b'{"inputs": "a", "parameters": ""}', "'parameters' must be an object"),
        (b'{"inputs": "a", "parameters": null}', "'parameters' must be an object"),
        (b'{"inputs": "a", "parameters": {"top_k": null}}', "'top_k' must be a whole number, 1 or more"),
        (
            b'{"inputs": "a", "parameters": {"function_to_apply": null}}',
            "'function_to_apply' must be one of softmax, sigmoid, none",
        ),
        (b'{"inputs": "a", "parameters": {"k": 1}}', "'parameters' has the unknown field 'k'"),
        (b'{"inputs": "a", "parameters": {"top_k": 0}}', "'top_k' must be a whole number, 1 or more"),
        (b'{"inputs": "a", "parameters": {"top_k": true}}', "'top_k' must be a whole number, 1 or more"),
        (b'{"inputs": "a", "parameters": {"top_k": "1"}}', "'top_k' must be a whole number, 1 or more"),
        (b'{"inputs": "a", "parameters": {"function_to_apply": "tanh"}}', "'function_to_apply' must be one of softmax"),
        (b'{"inputs": "a", "parameters": {"function_to_apply": {}}}', "'function_to_apply' must be one of softmax"),
    ],
)
def test_bad_requests_are_refused_with_a_reason(body: bytes, complaint: str) -> None:
    with pytest.raises(RequestError, match=complaint):
        inference.input_fn(body, "application/json")


def test_only_json_is_taken_and_given() -> None:
    assert inference.input_fn('"a"', "application/json; charset=utf-8").texts == ["a"]
    with pytest.raises(RequestError, match="the content type must be application/json"):
        inference.input_fn("a", "text/csv")
    for accept in ("application/json", "*/*", "text/html, */*;q=0.8"):
        assert inference.output_fn(Answer([[0.5, 0.5]], [], []), accept) == "[[0.5, 0.5]]"
    with pytest.raises(RequestError, match="which 'Accept' excludes"):
        inference.output_fn(Answer([[0.5, 0.5]], [], []), "text/csv")


def test_each_answer_with_details_tells_the_version_of_the_model(
    artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = {
        f"s3://bucket/models/{'0123456789abcdef' * 4}/model.tar.gz": "0123456789ab",
        "s3://bucket/traced/classifier-dev-1/output/model.tar.gz": "classifier-dev-1",
        "s3://bucket/elsewhere/model.tar.gz": None,
    }
    for url, version in versions.items():
        monkeypatch.setenv("MODEL_DATA_URL", url)
        classifier = inference.model_fn(str(artifact))
        prediction = inference.predict_fn(Request(TEXTS, named=True), classifier)
        details = json.loads(inference.output_fn(prediction, "application/json;details=true"))
        assert details["model_version"] == version
        assert set(details) == {"predictions", "truncated_inputs", "uncertain_inputs", "model_version"}


def test_a_model_describes_itself_also_beside_other_requests(artifact: Path, classifier: Classifier) -> None:
    requests = [inference.input_fn(body, "application/json") for body in ('"the cat"', '{"describe": true}')]
    described = inference.predict_batch(requests, classifier)[1]
    description = json.loads(inference.output_fn(described, "application/json"))
    metrics = json.loads((artifact / "metrics.json").read_text())
    assert (description["labels"], description["text_pair"], description["several_labels"]) == (LABELS, False, False)
    assert description["metrics"]["accuracy"] == metrics["accuracy"]
    assert description["trained_at"] == metrics["training"]["ended_at"]
    with pytest.raises(RequestError, match="the unknown field 'describe'"):
        inference.input_fn('{"describe": true, "inputs": "a"}', "application/json")


def test_requests_are_answered_together_as_they_are_alone(classifier: Classifier) -> None:
    requests = [
        inference.input_fn(json.dumps(payload), "application/json")
        for payload in (TEXTS[0], {"inputs": TEXTS, "parameters": {"top_k": 1}}, TEXTS[1:])
    ]
    together = inference.predict_batch(requests, classifier)
    assert [len(answers.predictions) for answers in together] == [1, 3, 2]
    for answers, request in zip(together, requests, strict=True):
        if request.named:
            assert [[entry["label"] for entry in row] for row in answers.predictions] == [
                [LABELS[0]],
                [LABELS[1]],
                [LABELS[0]],
            ]
        else:
            assert answers == inference.predict_fn(request, classifier)


def test_a_large_request_is_worked_through_in_parts(classifier: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [TEXTS[number % 3] for number in range(20)]
    request = Request([*texts, "the cat " * 9], overflow="truncate")
    expected = inference.predict_fn(request, classifier)
    assert expected.truncated_inputs == [20]
    monkeypatch.setattr(inference, "TOKENIZED_TOGETHER", 7)
    assert inference.predict_fn(request, classifier) == expected


@pytest.mark.parametrize("program", ["import inference; inference.model_fn({!r})", "import train, onnx_graph"])
def test_nobody_is_told_of_a_model(program: str, artifact: Path, tmp_path: Path) -> None:
    told = {"HOME": str(tmp_path), "PYTHONPATH": str(PROJECT / "source")}
    environment = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("ORT_")}
    command = [sys.executable, "-c", program.format(str(artifact))]
    subprocess.run(command, env=environment | told, check=True)
    # Where onnxruntime keeps what it is about to tell, and its name for this machine.
    assert list(tmp_path.rglob("*onnxruntime*")) == []
