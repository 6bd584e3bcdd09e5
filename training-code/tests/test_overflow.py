"""Texts that are longer than the model takes, in training: as they are read there, so they are served."""

import json
import random
from pathlib import Path

import pytest
import torch
from transformers import AutoTokenizer

import inference
from conftest import FILLERS, NOUNS, VERBS, arguments, logits_of, pack, run_trace, train_alone, write_csv
from contract import Request, RequestError
from errors import InputError
from reading import averaged, reader_of
from sentences import Sentences
from split import Split


def long_texts(count: int, seed: int, longest: int) -> list[tuple[str, str]]:
    """Rows of text and label; the last two words alone give the label away."""
    chance = random.Random(seed)
    rows = []
    for number in range(count):
        label = sorted(VERBS)[number % 2]
        ending = [chance.choice(NOUNS), chance.choice(VERBS[label])]
        rows.append((" ".join(chance.choices(FILLERS, k=chance.randint(2, longest)) + ending), label))
    return rows


@pytest.fixture(scope="module")
def in_windows(base_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many rows and passes that it learns the task."""
    folder = tmp_path_factory.mktemp("windows")
    write_csv(folder / "training" / "train.csv", long_texts(600, seed=1, longest=400))
    write_csv(folder / "testing" / "test.csv", long_texts(60, seed=2, longest=400))
    train_alone(arguments(folder, base_model, folder / "model", epochs=12, max_length=128, overflow="window"))
    return folder / "model"


def test_what_is_judged_is_what_is_served(in_windows: Path) -> None:
    rows = long_texts(60, seed=2, longest=400)
    classifier = inference.model_fn(str(in_windows))
    served = torch.tensor(inference.predict_fn(Request([text for text, _ in rows]), classifier).predictions)
    labels = torch.tensor([classifier.task.labels.index(label) for _, label in rows])
    loss = -served[range(60), labels].log().mean().item()
    metrics = json.loads((in_windows / "metrics.json").read_text())
    assert metrics["loss"] == pytest.approx(loss, rel=1e-3)
    assert metrics["accuracy"] > 0.9
    assert json.loads((in_windows / "config.json").read_text())["overflow"] == "window"


def test_the_evidence_at_the_end_of_2000_tokens_is_seen_in_windows(in_windows: Path) -> None:
    chance = random.Random(3)
    classifier = inference.model_fn(str(in_windows))
    expected = [label for label in VERBS for _ in range(6)]
    texts = [" ".join([*chance.choices(FILLERS, k=1996), NOUNS[0], chance.choice(VERBS[label])]) for label in expected]
    assert all(len(ids) == 2000 for ids in classifier.reader.tokenizer.encode_batch(texts))
    names = classifier.task.labels
    assert [names[row.index(max(row))] for row in logits_of(texts, classifier)] == expected
    assert [names[row.index(max(row))] for row in logits_of(texts, classifier, overflow="truncate")] != expected


def test_a_model_that_reads_windows_is_not_traced(in_windows: Path, tmp_path: Path) -> None:
    ended = run_trace(pack(in_windows, tmp_path / "channel"), tmp_path / "none", sequence_length=16)
    assert ended.stderr.startswith(
        "ValueError: the model reads long texts in windows; only one that cuts or refuses them"
    )


def test_a_split_in_windows_averages_as_serving_does(base_model: Path) -> None:
    texts = ["the cat", "the cat sings " + "here today " * 11, "the " * 10, "the " * 11]
    tokenizer = AutoTokenizer.from_pretrained(base_model, model_max_length=12)
    split = Split(Sentences(texts, [("x",), ("y",)] * 2), ["x", "y"], reader_of(tokenizer), in_windows=True)
    assert (split.longer, split.first_longer, len(split)) == (2, (texts[1], 27), 4)
    assert list(map(len, split.texts())) == [4, 12, 12, 12, 12, 12, 12]
    assert split.lengths == [4, 36, 12, 24]
    rows = [3, 0, 1]
    assert split.inputs(rows, torch.device("cpu"))["input_ids"].shape == (6, 12)
    logits = torch.randn(6, 2, generator=torch.Generator().manual_seed(1))
    expected = averaged(logits.tolist(), [[10, 1], [2], [10, 8, 7]])
    torch.testing.assert_close(split.averaged(rows, logits), torch.tensor(expected))
    # Of one window each, not a bit is changed.
    assert split.averaged([0, 2], logits[:2]).equal(logits[:2])


def test_with_error_a_longer_text_is_named_before_training(data: Path, base_model: Path, tmp_path: Path) -> None:
    rows = long_texts(40, seed=1, longest=4)
    for channel in ("training", "testing"):
        write_csv(tmp_path / channel / "rows.csv", rows)
    args = arguments(tmp_path, base_model, tmp_path / "model", epochs=1, overflow="error")
    train_alone(args)
    classifier = inference.model_fn(str(tmp_path / "model"))
    assert classifier.task.overflow == "error"
    with pytest.raises(RequestError, match="input 0 has 14 tokens, more than the 12 that this model takes"):
        logits_of(["the " * 12], classifier)

    write_csv(
        tmp_path / "testing" / "rows.csv", [*rows[:4], ("the cat " * 6, rows[0][1]), ("the cat " * 9, rows[1][1])]
    )
    with pytest.raises(
        InputError,
        match=r"^rows.csv, row 6: the text has 14 tokens, more than the 12 of --max_length, as 2 texts have;",
    ):
        train_alone(args)


def test_pairs_are_not_trained_in_windows(base_model: Path, tmp_path: Path) -> None:
    for channel in ("training", "testing"):
        write_csv(tmp_path / channel / "rows.csv", [["a", "b", "x"], ["a", "c", "y"]], ["text", "text_pair", "label"])
    with pytest.raises(InputError, match="--overflow is window, in which no pairs are read; choose truncate or error"):
        train_alone(arguments(tmp_path, base_model, tmp_path / "model", overflow="window"))
