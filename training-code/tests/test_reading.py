"""What is read of texts that are longer than the model takes: by themselves, in requests, and told."""

import itertools
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from transformers import AutoTokenizer

import inference
import traced_inference
from conftest import FILLERS, NOUNS, call, logits_of, serving
from contract import DETAILS, Request, RequestError, Task
from engines import Engine
from packing import Inputs
from reading import Reader, averaged, reader_of, window_starts

# The artifact takes twelve tokens, two of which are its own.
ROOM = 10
SHORT = "the dog sing"
LONG = "the cat sings " + "here today " * 11


@pytest.fixture(scope="module")
def classifier(artifact: Path) -> inference.Classifier:
    return inference.model_fn(str(artifact))


def ask(classifier: Any, inputs: object, handlers: Any = inference, accept: str = DETAILS, **parameters: object) -> Any:
    request = handlers.input_fn(json.dumps({"inputs": inputs, "parameters": parameters}), "application/json")
    return json.loads(handlers.output_fn(handlers.predict_fn(request, classifier), accept))


@pytest.mark.parametrize("side", ["right", "left"])
def test_texts_and_pairs_are_cut_as_the_tokenizers_library_cuts_them(base_model: Path, side: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base_model, truncation_side=side)
    chance = random.Random(1)
    for room in (1, 4, 5, 9):
        lengths = list(itertools.product([1, 2, 4, 5, 6, 20], repeat=2))
        pairs = [tuple(" ".join(chance.choices(NOUNS, k=length)) for length in both) for both in lengths]
        for texts in (pairs, [first for first, _ in pairs]):
            tokenizer.model_max_length = room + (3 if texts is pairs else 2)
            expected = tokenizer(texts, truncation=True)
            reader = reader_of(tokenizer)
            readings = [reader.read(encoding) for encoding in reader.tokenizer.encode_batch_fast(texts)]
            assert [reading.token_ids for reading in readings] == [[ids] for ids in expected["input_ids"]]
            assert [reading.token_types for reading in readings] == [[ids] for ids in expected["token_type_ids"]]
            assert {len(reading.added) for reading in readings} == {1}
            assert [reading.length for reading in readings] == list(map(len, tokenizer(texts)["input_ids"]))


def test_a_pair_of_empty_and_long_is_cut_too(base_model: Path) -> None:
    # A text of nothing that a tokenizer would read.
    tokenizer = AutoTokenizer.from_pretrained(base_model, model_max_length=6)
    for pair in (("\x00", "the cat sings here today"), ("the cat sings here today", "\x00")):
        expected = tokenizer([pair], truncation=True)["input_ids"]
        reader = reader_of(tokenizer)
        assert reader.read(reader.tokenizer.encode(*pair)).token_ids == expected


@pytest.mark.parametrize("room", [1, 2, 3, 10, 62, 510])
def test_windows_are_full_read_each_token_and_overlap_by_a_quarter(room: int) -> None:
    for length in {room + 1, room + 2, 2 * room, 2 * room + 1, 10 * room + 3}:
        starts = window_starts(length, room)
        assert (starts[0], starts[-1] + room) == (0, length)
        for before, after in itertools.pairwise(starts):
            assert 0 < after - before <= room - int(room / 4)
        # No window that adds nothing, and none too many.
        assert len(starts) <= 2 + (length - room) / (room * 3 / 4)


def test_a_text_in_windows_has_the_mean_of_their_logits_by_the_tokens_that_each_adds(
    classifier: inference.Classifier,
) -> None:
    words = LONG.split()
    # 25 tokens in windows of ten, of which two begin with two of the one before, and the last with seven.
    windows = [" ".join(words[start : start + ROOM]) for start in (0, 8, 15)]
    of_windows = logits_of(windows, classifier)
    expected = [(10 * a + 8 * b + 7 * c) / 25 for a, b, c in zip(*of_windows, strict=True)]
    assert logits_of([LONG], classifier, overflow="window") == [expected]
    assert averaged(of_windows, [[10, 8, 7]]) == [expected]
    # Otherwise than its beginning and than its end; and what fits is read as ever.
    assert expected not in of_windows
    assert logits_of([SHORT], classifier, overflow="window") == logits_of([SHORT], classifier)


def test_a_text_of_2000_tokens_whose_evidence_is_at_its_end_is_answered_right(classifier: inference.Classifier) -> None:
    # Of a model that knows two words and is indifferent to all others.
    known = [classifier.reader.tokenizer.token_to_id(word) for word in ("sings", "sing")]

    def count(inputs: Inputs) -> Any:
        return np.stack([(inputs["input_ids"] == word).sum(axis=1) for word in known], axis=1).astype(np.float32)

    impartial = replace(classifier, engine=Engine(count))
    texts = ["here " * 1998 + ending for ending in ("dog sings", "dog sing")]
    for overflow, answered in (("window", [0, 1]), ("truncate", [0, 0])):
        rows = logits_of(texts, impartial, overflow=overflow)
        assert [row.index(max(row)) for row in rows] == answered


def test_windows_are_the_same_in_any_company(classifier: inference.Classifier) -> None:
    chance = random.Random(3)
    texts = [" ".join(chance.choices([*NOUNS, *FILLERS], k=length)) for length in range(1, 60)]
    alone = [logits_of([text], classifier, overflow="window")[0] for text in texts]
    assert logits_of(texts, classifier, overflow="window") == alone
    requests = [
        Request(texts[start:], function_to_apply="none", overflow=overflow)
        for start, overflow in ((0, "window"), (5, "truncate"), (20, "window"))
    ]
    together = inference.predict_batch(requests, classifier)
    assert [together[0].predictions, together[2].predictions] == [alone, alone[20:]]
    assert together[1].predictions == logits_of(texts[5:], classifier)
    assert [answer.truncated_inputs for answer in together] == [[], list(range(5, 54)), []]


def test_what_is_cut_is_told_to_those_who_accept_details(artifact: Path, tmp_path: Path) -> None:
    inputs = [LONG, SHORT, LONG]
    body = json.dumps({"inputs": inputs}).encode()
    with serving(artifact, tmp_path) as server:
        status, plain = call(server, "/invocations", body, Accept="application/json")
        assert (status, len(plain)) == (200, 3)
        for accept in (DETAILS, "text/html, application/json; Details=true"):
            status, told = call(server, "/invocations", body, Accept=accept)
            assert status == 200
            assert (told["predictions"], told["truncated_inputs"], told["uncertain_inputs"]) == (plain, [0, 2], [])
        window = json.dumps({"inputs": inputs, "parameters": {"overflow": "window"}}).encode()
        status, told = call(server, "/invocations", window, Accept=DETAILS)
        assert (status, told["truncated_inputs"]) == (200, [])
        assert told["predictions"] != plain
        error = json.dumps({"inputs": [SHORT, LONG], "parameters": {"overflow": "error"}}).encode()
        status, refused = call(server, "/invocations", error)
        assert status == 400
        assert refused["message"].startswith(
            "input 1 has 27 tokens, more than the 12 that this model takes: shorten it"
        )


def test_the_model_has_an_overflow_of_its_own(classifier: inference.Classifier) -> None:
    in_windows = replace(classifier, task=classifier.task._replace(overflow="window"))
    assert logits_of([LONG], in_windows) == logits_of([LONG], classifier, overflow="window")
    assert logits_of([LONG], in_windows, overflow="truncate") == logits_of([LONG], classifier)
    with pytest.raises(RequestError, match="input 0 has 27 tokens"):
        logits_of([LONG], replace(classifier, task=classifier.task._replace(overflow="error")))


def test_pairs_are_not_read_in_windows(classifier: inference.Classifier) -> None:
    of_pairs = replace(classifier, task=classifier.task._replace(text_pair=True))
    pair = {"text": "the cat", "text_pair": LONG}
    with pytest.raises(RequestError, match=r"^this model reads no windows, as it classifies pairs: 'overflow' must be"):
        ask(of_pairs, [pair], overflow="window")
    assert ask(of_pairs, [pair])["truncated_inputs"] == [0]
    with pytest.raises(RequestError, match="input 0 has 30 tokens"):
        ask(of_pairs, [pair], overflow="error")


def test_uncertain_inputs_are_those_whose_best_score_is_below(classifier: inference.Classifier) -> None:
    inputs = [SHORT, "cat", "here today"]
    best = [max(entry["score"] for entry in row) for row in ask(classifier, inputs)["predictions"]]
    least = sorted(best)[1]
    # Not below is what reaches it; nothing but the first label is answered, and all count.
    told = ask(classifier, inputs, min_score=least, top_k=1)
    assert told["uncertain_inputs"] == [best.index(min(best))]
    assert ask(classifier, inputs, min_score=1)["uncertain_inputs"] == [0, 1, 2]
    assert ask(classifier, inputs, min_score=0)["uncertain_inputs"] == []
    # Logits may be below 0, and are no scores.
    assert ask(classifier, inputs, function_to_apply="none")["uncertain_inputs"] == []


def test_of_several_labels_the_best_score_counts_whether_it_reaches_its_threshold_or_not(
    classifier: inference.Classifier,
) -> None:
    several = replace(classifier, task=Task(["a", "b"], thresholds=[1.0, 1.0]))
    told = ask(several, SHORT, min_score=0.5)
    assert told == {"predictions": [[]], "truncated_inputs": [], "uncertain_inputs": [], "model_version": None}
    best = max(entry["score"] for entry in ask(several, SHORT, top_k=2)["predictions"][0])
    assert ask(several, SHORT, min_score=best + 1e-6)["uncertain_inputs"] == [0]


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"overflow": None}, "'overflow' must be one of truncate, error, window"),
        ({"overflow": "cut"}, "'overflow' must be one of truncate, error, window"),
        ({"overflow": {}}, "'overflow' must be one of truncate, error, window"),
        ({"min_score": -0.1}, "'min_score' must be a number from 0 to 1"),
        ({"min_score": 1.1}, "'min_score' must be a number from 0 to 1"),
        ({"min_score": True}, "'min_score' must be a number from 0 to 1"),
        ({"min_score": float("nan")}, "'min_score' must be a number from 0 to 1"),
        ({"min_score": None}, "'min_score' must be a number from 0 to 1"),
        ({"min_score": 0.5, "function_to_apply": "none"}, "'min_score' goes with no 'function_to_apply' of 'none'"),
    ],
)
def test_wrong_parameters_are_refused_with_a_reason(parameters: dict[str, object], complaint: str) -> None:
    with pytest.raises(RequestError, match=complaint):
        inference.input_fn(json.dumps({"inputs": "a", "parameters": parameters}), "application/json")


def test_a_traced_model_tells_what_it_cuts_and_reads_no_windows(traced: Path) -> None:
    classifier = traced_inference.model_fn(str(traced))
    told = ask(classifier, [SHORT, LONG, "the cat " * 5, "the cat " * 6], traced_inference)
    assert told["truncated_inputs"] == [1, 3]
    with pytest.raises(RequestError, match=r"input 1 has 27 tokens, more than the 12 that this model takes"):
        ask(classifier, [SHORT, LONG], traced_inference, overflow="error")
    with pytest.raises(RequestError, match=r"^this model reads no windows, as it is a traced one"):
        ask(classifier, SHORT, traced_inference, overflow="window")


def test_a_very_long_pair_takes_no_more_than_its_tokens(classifier: inference.Classifier) -> None:
    """The tokenizers library would make some 400,000 parts of this one."""
    reader: Reader = classifier.reader
    text = "the cat " * 20_000
    assert reader.read(reader.tokenizer.encode(text, text)).length == 80_003
