"""--epochs 0: a classifier that was trained elsewhere, in the files that Hugging Face's own tools write."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

import inference
from arguments import parse_arguments
from conftest import arguments, train_alone, write_csv
from contract import Request
from errors import InputError
from families import make_family

TEXTS = ["the cat sleeps", "the dog sing today", "a bird"]
# Not in the order of their ids by chance.
LABELS = ["unacceptable", "other", "acceptable"]


def plain_classifier(folder: Path, family: str = "bert", **config: Any) -> Path:
    """As Trainer.save_model writes it."""
    base = make_family(family, folder)
    torch.manual_seed(2)
    model = AutoModelForSequenceClassification.from_pretrained(
        base, id2label=dict(enumerate(LABELS)), label2id={label: i for i, label in enumerate(LABELS)}, **config
    )
    torch.nn.init.normal_(model.classifier.weight)
    model.save_pretrained(folder)
    return folder


def own_scores(folder: Path, *, sigmoid: bool = False) -> Any:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    with torch.no_grad():
        logits = torch.cat([model(**tokenizer(text, return_tensors="pt")).logits for text in TEXTS])
    return (logits.sigmoid() if sigmoid else logits.softmax(dim=1)).numpy()


def served_scores(artifact: Path) -> Any:
    return inference.predict_fn(Request(TEXTS), inference.model_fn(str(artifact))).predictions


@pytest.mark.parametrize("family", ["bert", "deberta-v3"])
def test_without_data_it_is_exported_and_says_that_it_has_no_metrics(
    family: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = plain_classifier(tmp_path / "plain", family)
    train_alone(arguments(tmp_path, folder, tmp_path / "model", epochs=0, training="", testing="", max_length=600))
    np.testing.assert_allclose(served_scores(tmp_path / "model"), own_scores(folder), atol=1e-5)
    metrics = json.loads((tmp_path / "model" / "metrics.json").read_text())
    assert (metrics["rows"], metrics["serving"]["format"], "accuracy" in metrics) == (0, "onnx fp32", False)
    assert metrics["warnings"][0].startswith("there are no rows to compare int8 with fp32 by")
    assert metrics["warnings"][1].startswith("the model has no metrics, neither accuracy nor any other")
    assert capsys.readouterr().err.count("warning: ") == 2
    assert json.loads((tmp_path / "model" / "config.json").read_text())["id2label"]["1"] == "other"
    # As long as it takes, not longer.
    assert json.loads((tmp_path / "model" / "tokenizer_config.json").read_text())["model_max_length"] == 512


def test_of_several_labels_a_text_it_scores_by_sigmoid(tmp_path: Path) -> None:
    folder = plain_classifier(tmp_path / "plain", problem_type="multi_label_classification")
    train_alone(arguments(tmp_path, folder, tmp_path / "model", epochs=0, training="", testing=""))
    np.testing.assert_allclose(served_scores(tmp_path / "model"), own_scores(folder, sigmoid=True), atol=1e-5)


def test_with_data_it_is_measured_and_its_weights_stay(data: Path, tmp_path: Path) -> None:
    folder = plain_classifier(tmp_path / "plain")
    train_alone(arguments(data, folder, tmp_path / "model", epochs=0))
    np.testing.assert_allclose(own_scores(tmp_path / "model"), own_scores(folder), atol=1e-6)
    metrics = json.loads((tmp_path / "model" / "metrics.json").read_text())
    assert (metrics["rows"], metrics["labels"]) == (100, LABELS)
    assert "comparison" in metrics["serving"]


def test_data_with_other_labels_are_refused(tmp_path: Path) -> None:
    folder = plain_classifier(tmp_path / "plain")
    for channel in ("training", "testing"):
        write_csv(tmp_path / channel / "rows.csv", [(f"the cat {i}", ("good", "acceptable")[i % 2]) for i in range(30)])
    with pytest.raises(
        InputError, match="the classifier has no label 'good', which the data have, only 'unacceptable'"
    ):
        train_alone(arguments(tmp_path, folder, tmp_path / "model", epochs=0))


def test_what_is_no_finished_classifier_is_refused(tmp_path: Path) -> None:
    args = arguments(
        tmp_path, make_family("bert", tmp_path / "base"), tmp_path / "m", epochs=0, training="", testing=""
    )
    with pytest.raises(InputError, match=r"is no finished classifier, .* it has no classifier.bias; train it for an"):
        train_alone(args)


def test_an_epoch_needs_both_splits_and_none_needs_both_or_neither() -> None:
    for words in (["--epochs", "1"], ["--epochs", "0", "--training", "a"], ["--epochs", "0", "--testing", "a"]):
        with pytest.raises(InputError, match="no folder with the"):
            parse_arguments(words)
    assert parse_arguments(["--epochs", "0"]).epochs == 0


def test_a_classifier_of_several_labels_is_measured_by_such_data_alone(tmp_path: Path) -> None:
    folder = plain_classifier(tmp_path / "plain", problem_type="multi_label_classification")
    for channel in ("training", "testing"):
        write_csv(tmp_path / channel / "rows.csv", [["a cat", "other"], ["a dog", "acceptable"], ["a", "other"]])
    with pytest.raises(InputError, match="gives a text any number of labels, and the data one: measure it by others"):
        train_alone(arguments(tmp_path, folder, tmp_path / "model", epochs=0))
