"""The examples of several classes, several labels and pairs: what is in them, and what their words tell."""

import csv
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, matthews_corrcoef
from sklearn.model_selection import train_test_split
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MultiLabelBinarizer

import generate_departments
import generate_paraphrase
import generate_tags
from generate_paraphrase import RELATIONS, Relation


@pytest.mark.parametrize("generator", [generate_departments, generate_tags, generate_paraphrase])
def test_files_are_what_the_generators_write(generator: object, tmp_path: Path) -> None:
    assert isinstance(generator.PATH, Path)  # type: ignore[attr-defined]
    generator.write(generator.generate(), tmp_path / "written")  # type: ignore[attr-defined]
    assert (tmp_path / "written").read_bytes() == generator.PATH.read_bytes()  # type: ignore[attr-defined]


def test_departments_are_balanced_and_few_are_wrong() -> None:
    with generate_departments.PATH.open(encoding="utf-8", newline="") as file:
        assert csv.DictReader(file).fieldnames == ["text", "label"]
    rows = generate_departments.generate()
    assert len({row.text for row in rows}) == len(rows) == 8 * generate_departments.PER_DEPARTMENT
    assert set(Counter(row.meant for row in rows).values()) == {generate_departments.PER_DEPARTMENT}
    assert 0.01 < np.mean([row.label != row.meant for row in rows]) < 0.05


def test_tags_are_none_to_many_each_of_them_frequent() -> None:
    rows = [json.loads(line) for line in generate_tags.PATH.read_text(encoding="utf-8").splitlines()]
    assert len({row["text"] for row in rows}) == len(rows)
    assert {len(row["labels"]) for row in rows} >= {0, 1, 2, 3, 4}
    counts = Counter(tag for row in rows for tag in row["labels"])
    assert set(counts) == set(generate_tags.TAGS)
    assert min(counts.values()) > len(rows) / 8


def test_pairs_are_balanced_and_of_known_words() -> None:
    rows = generate_paraphrase.generate()
    assert Counter(row.label for row in rows) == {"paraphrase": 1500, "different": 1500}
    assert len({(row.text, row.text_pair) for row in rows}) == len(rows)
    assert all(row.text != row.text_pair for row in rows)
    assert not any("{" in text or "  " in text for row in rows for text in row[:2])


@pytest.mark.parametrize("relation", RELATIONS, ids=lambda relation: relation.ways[0])
def test_each_way_to_tell_of_a_relation_names_both_people_and_the_thing(relation: Relation) -> None:
    for way in relation.ways:
        assert way.count("{a}") == way.count("{b}") == 1
        assert way.count("{o}") == bool(relation.things)


def words(texts: Sequence[str]) -> set[str]:
    return set(" ".join(texts).lower().replace(",", "").replace(".", "").split())


def test_the_words_that_two_sentences_share_tell_little_of_a_paraphrase() -> None:
    rows = generate_paraphrase.generate()
    labels = [row.label == "paraphrase" for row in rows]
    shared = np.array([len(words([row.text]) & words([row.text_pair])) for row in rows])
    all_words = np.array([len(words(row[:2])) for row in rows])
    overlap = (shared / all_words).reshape(-1, 1)
    guesses = LogisticRegression().fit(overlap, labels).predict(overlap)
    assert abs(matthews_corrcoef(labels, guesses)) < 0.3


def test_the_words_of_a_mail_tell_much_but_not_all() -> None:
    """A model that reads has more to learn than which words there are."""
    rows = generate_departments.generate()
    train, test = train_test_split(rows, test_size=0.25, random_state=1)
    model = make_pipeline(CountVectorizer(), LogisticRegression(max_iter=1000))
    model.fit([row.text for row in train], [row.label for row in train])
    guesses = model.predict([row.text for row in test])
    assert 0.5 < matthews_corrcoef([row.label for row in test], guesses) < 0.85

    mails = generate_tags.generate()
    learned, asked = train_test_split(mails, test_size=0.25, random_state=1)
    tags = MultiLabelBinarizer(classes=generate_tags.TAGS)
    several = make_pipeline(CountVectorizer(), OneVsRestClassifier(LogisticRegression(max_iter=1000)))
    several.fit([row.text for row in learned], tags.fit_transform([row.labels for row in learned]))
    score = f1_score(
        tags.transform([row.labels for row in asked]), several.predict([row.text for row in asked]), average="micro"
    )
    assert 0.5 < score < 0.95
