"""The sample data: what is in it, and that nothing but grammar tells the labels apart."""

import csv
import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import matthews_corrcoef
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from acceptability.draw import Draw
from acceptability.phenomena import PHENOMENA, Template
from generate_acceptability import PATH, Row, generate, write

CHANCE = 0.15
WORDS = r"[\w']+|\?"
TEMPLATES = [template for templates in PHENOMENA.values() for template in templates]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return generate()


def place(row: Row) -> int:
    """As in lambda/prepare-dataset/examples.ts: by a hash of the text's letters and digits."""
    letters = "".join(filter(str.isalnum, row.text.lower()))
    return int.from_bytes(hashlib.sha256(f"{letters}\0".encode()).digest()[8:14])


def split(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """The rows to train on and to test with, as in lambda/prepare-dataset/split.ts: of each label a quarter to test."""
    train: list[Row] = []
    test: list[Row] = []
    for label in ("acceptable", "unacceptable"):
        ordered = sorted((row for row in rows if row.label == label), key=place)
        test += ordered[: len(ordered) // 4]
        train += ordered[len(ordered) // 4 :]
    return train, test


def labels(rows: Sequence[Row]) -> list[int]:
    return [int(row.label == "acceptable") for row in rows]


def test_file_is_what_the_generator_writes(tmp_path_factory: pytest.TempPathFactory, rows: list[Row]) -> None:
    path = tmp_path_factory.mktemp("data") / "acceptability.csv"
    write(rows, path)
    assert path.read_bytes() == PATH.read_bytes()


def test_file_has_the_columns_and_labels_of_the_pipeline() -> None:
    with PATH.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        assert reader.fieldnames == ["text", "label"]
        assert {row["label"] for row in reader} == {"acceptable", "unacceptable"}


def test_size_and_balance(rows: list[Row]) -> None:
    assert 2800 <= len(rows) <= 3400
    assert len({row.text.lower() for row in rows}) == len(rows)
    assert len(PHENOMENA) >= 8
    by_phenomenon = Counter((row.phenomenon, row.label) for row in rows)
    by_template = Counter((row.template, row.label) for row in rows)
    assert len(set(by_phenomenon.values())) == 1
    assert len(by_phenomenon) == 2 * len(PHENOMENA)
    assert len(set(by_template.values())) == 1


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.__name__)
@pytest.mark.parametrize("turned", [False, True])
def test_frames_are_minimal_pairs_of_clean_sentences(template: Template, turned: bool) -> None:
    draw = Draw(1)
    for _ in range(50):
        frame = template(draw, turned)
        for good, bad in frame:
            ours, theirs = (text.lower().rstrip(".?").split() for text in (good, bad))
            changed = sum((Counter(ours) - Counter(theirs)).values())
            assert changed <= 1, f"{good!r} and {bad!r} differ in more than one word and the order"
            for text in (good, bad):
                assert text[0].isupper() and text[-1] in ".?"
                assert "  " not in text and "{" not in text
                assert not any(f" a {vowel}" in text for vowel in "aeiou"), text
                assert not any(one == two for one, two in zip(text.split(), text.split()[1:], strict=False)), text


def test_words_appear_under_both_labels(rows: list[Row]) -> None:
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        seen[row.label].update(set(row.text.lower().rstrip(".?").split()))
    for word, count in (seen["acceptable"] + seen["unacceptable"]).items():
        if count >= 50:
            assert 0.3 <= seen["acceptable"][word] / count <= 0.7, f"{word!r} gives the label away"


def words_per_text(texts: Sequence[str]) -> np.ndarray:
    return np.array([[len(text.split())] for text in texts])


BASELINES = {
    "words": make_pipeline(CountVectorizer(token_pattern=WORDS), LogisticRegression(max_iter=1000)),
    "weighted words": make_pipeline(TfidfVectorizer(token_pattern=WORDS), LogisticRegression(max_iter=1000)),
    "length": make_pipeline(
        FunctionTransformer(words_per_text), OneHotEncoder(handle_unknown="ignore"), LogisticRegression(max_iter=1000)
    ),
}


@pytest.mark.parametrize("model", BASELINES.values(), ids=BASELINES.keys())
def test_no_shortcut_over_words_or_length(rows: list[Row], model: Pipeline) -> None:
    texts = [row.text for row in rows]
    guesses = cross_val_predict(model, texts, labels(rows), cv=StratifiedKFold(5, shuffle=True, random_state=1))
    assert abs(matthews_corrcoef(labels(rows), guesses)) <= CHANCE

    train, test = split(rows)
    model.fit([row.text for row in train], labels(train))
    assert abs(matthews_corrcoef(labels(test), model.predict([row.text for row in test]))) <= CHANCE


@pytest.mark.parametrize("vectors", [CountVectorizer(token_pattern=WORDS), TfidfVectorizer(token_pattern=WORDS)])
def test_no_shortcut_over_the_nearest_training_row(rows: list[Row], vectors: CountVectorizer | TfidfVectorizer) -> None:
    """Neither the label of the most similar training row nor its opposite is a good guess."""
    train, test = split(rows)
    known = vectors.fit_transform([row.text for row in train])
    nearness = cosine_similarity(vectors.transform([row.text for row in test]), known).round(9)
    # Several rows may be the nearest: the expected score of drawing one of them.
    hits = [
        np.mean([train[index].label == row.label for index in np.flatnonzero(near == near.max())])
        for row, near in zip(test, nearness, strict=True)
    ]
    assert abs(2 * np.mean(hits) - 1) <= CHANCE
