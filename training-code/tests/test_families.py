"""Every family of encoders, tiny and of chance, from its base model's files to the answers of what serves it."""

import json
import platform
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

import export
import inference
from base_model import load_base_model
from conftest import arguments, logits_of, sentences, train_alone, write_csv
from contract import Task, Text
from engines import load_engine, takes_token_types, torch_engine
from export import copy_runtime, write_graphs
from families import FAMILIES, WORDS, make_family
from reading import reader_of
from sentences import Sentences
from split import Split

# Of the texts that are asked, and the last is cut.
TOKENS = (5, 60, 200, 500)
MAX_LENGTH = 512
# Of scores in int8 from those in fp32, for models of chance, whose widths of 32 average less of the rounding than real
# ones do; what trained ones differ by is judged by the validation part.
INT8_DIFFERENCE = 0.1


def text_of(tokens: int, tokenizer: Any, seed: int) -> str:
    """A text of about so many tokens."""
    words = random.Random(seed).choices(WORDS, k=tokens)
    while len(tokenizer(" ".join(words))["input_ids"]) > tokens and len(words) > 1:
        words.pop()
    return " ".join(words)


def own_scores(folder: Path, texts: Sequence[Text]) -> Any:
    """What transformers alone answers by the artifact's files, each text by itself."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    answers = []
    for text in texts:
        both = (text,) if isinstance(text, str) else text
        inputs = tokenizer(*both, truncation=True, return_tensors="pt")
        with torch.no_grad():
            answers.append(model(**inputs).logits.softmax(dim=1)[0].tolist())
    return answers


def served_scores(classifier: inference.Classifier, texts: Sequence[Text]) -> Any:
    """What is answered to all of them together."""
    logits = torch.tensor(logits_of(texts, classifier))
    return logits.softmax(dim=1).tolist()


@pytest.fixture(scope="module")
def long_and_short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data with texts of all lengths."""
    folder = tmp_path_factory.mktemp("lengths")
    chance = random.Random(4)
    long = [(" ".join(chance.choices(WORDS, k=20 * words)), "acceptable") for words in range(1, 20)]
    write_csv(folder / "training" / "train.csv", [*sentences(60, seed=1), *long])
    write_csv(folder / "testing" / "test.csv", sentences(30, seed=2))
    return folder


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("form", ["fp32", "int8"])
def test_a_family_is_trained_exported_and_served_as_transformers_would(
    name: str, form: str, long_and_short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "ALLOWED_CHANGED_PREDICTIONS", -1.0 if form == "fp32" else 1.0)
    monkeypatch.setattr(export, "ALLOWED_MATTHEWS_CORRELATION_LOSS", 2.0)
    base = make_family(name, tmp_path / "base")
    artifact = tmp_path / "artifact"
    train_alone(arguments(long_and_short, base, artifact, epochs=1, learning_rate=1e-4, max_length=MAX_LENGTH))
    assert json.loads((artifact / "metrics.json").read_text())["serving"]["format"] == f"onnx {form}"

    tokenizer = AutoTokenizer.from_pretrained(artifact)
    texts: list[Text] = [*(text_of(tokens, tokenizer, tokens) for tokens in TOKENS), "the cat " * MAX_LENGTH]
    # Of the same lengths and of nearly the same, so that they are computed together.
    texts += [" ".join(reversed(str(text).split())) for text in texts] + [f"the {text}" for text in texts]
    expected = own_scores(artifact, texts)
    assert np.ptp(expected, axis=0).max() > 1e-3, "all texts look alike"
    classifier = inference.model_fn(str(artifact))
    served = served_scores(classifier, texts)
    np.testing.assert_allclose(served, expected, atol=1e-5 if form == "fp32" else INT8_DIFFERENCE)
    # Alone as in company, padded too where that is exact, bit for bit.
    assert classifier.engine.padding or platform.machine() not in ("x86_64", "AMD64")
    assert [served_scores(classifier, [text])[0] for text in texts] == served
    # By PyTorch, where no onnxruntime fits.
    by_torch = replace(classifier, engine=torch_engine(artifact, "cpu"))
    np.testing.assert_allclose(served_scores(by_torch, texts), expected, atol=1e-6)


def test_positions_beyond_512_are_trained_exported_and_served(long_and_short: Path, tmp_path: Path) -> None:
    base, artifact = make_family("modernbert", tmp_path / "base"), tmp_path / "artifact"
    train_alone(arguments(long_and_short, base, artifact, epochs=1, learning_rate=1e-4, max_length=1024))
    tokenizer = AutoTokenizer.from_pretrained(artifact)
    whole = text_of(1024, tokenizer, 1)
    texts = [whole, f"{whole} again", " ".join(whole.split()[:-5]), text_of(600, tokenizer, 2)]
    served = served_scores(inference.model_fn(str(artifact)), texts)
    np.testing.assert_allclose(served, own_scores(artifact, texts), atol=INT8_DIFFERENCE)
    # It is the 1024th token that is the last to count.
    assert served[0] == served[1]
    assert served[0] != served[2]


def test_a_tokenizer_that_pads_on_the_left_and_has_no_token_for_it(long_and_short: Path, tmp_path: Path) -> None:
    base, artifact = make_family("xlm-roberta", tmp_path / "base"), tmp_path / "artifact"
    file = base / "tokenizer_config.json"
    settings = json.loads(file.read_text())
    del settings["pad_token"]
    file.write_text(json.dumps({**settings, "padding_side": "left"}))
    train_alone(arguments(long_and_short, base, artifact, epochs=1, learning_rate=1e-4, max_length=64))
    texts = ["the cat sleeps", "the dog", "the bird waits soon again " * 30]
    served = served_scores(inference.model_fn(str(artifact)), texts)
    np.testing.assert_allclose(served, own_scores(artifact, texts), atol=INT8_DIFFERENCE)


@pytest.mark.parametrize("name", FAMILIES)
def test_pairs_are_read_as_transformers_reads_them(name: str, tmp_path: Path) -> None:
    """By the split that is trained on, and by the graphs; the types of tokens are given where the family has them."""
    base = make_family(name, tmp_path / "base")
    model, tokenizer = load_base_model(arguments(tmp_path, base, tmp_path, max_length=64), ["x", "y"])
    chance = random.Random(1)
    pairs: list[Text] = [
        (" ".join(chance.choices(WORDS, k=1 + first)), " ".join(chance.choices(WORDS, k=1 + second)))
        for first, second in [(0, 3), (9, 2), (5, 5), (40, 60), (90, 3)] * 4
    ]
    takes_types = takes_token_types(model.eval())
    assert takes_types == (name in {"albert", "bert", "big-bird", "electra", "minilm"})
    split = Split(Sentences(pairs, [("x",), ("y",)] * 10), ["x", "y"], reader_of(tokenizer), takes_types=takes_types)
    assert split.longer == 8

    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    expected = torch.tensor(own_scores(tmp_path, pairs))
    with torch.no_grad():
        trained = model(**split.inputs(list(range(len(pairs))), torch.device("cpu"))).logits.softmax(dim=1)
    torch.testing.assert_close(trained, expected, atol=1e-5, rtol=0)

    copy_runtime(tmp_path / "code")
    write_graphs(model, tmp_path / "int8.onnx", tmp_path / "model.onnx", split)
    engine = load_engine(tmp_path)
    assert engine.token_types == takes_types
    reader = inference.load_reader(tmp_path)
    for each in (engine, torch_engine(tmp_path, "cpu")):
        classifier = inference.Classifier(each, reader, Task(["x", "y"], text_pair=True))
        np.testing.assert_allclose(served_scores(classifier, pairs), expected, atol=1e-5)
        singles = [pair[0] for pair in pairs]
        classifier = inference.Classifier(each, reader, Task(["x", "y"]))
        np.testing.assert_allclose(served_scores(classifier, singles), own_scores(tmp_path, singles), atol=1e-5)
