import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from conftest import write_csv
from contract import Text
from errors import InputError
from sentences import Sentences, first_alike, held_out, label_names, read_sentences


def labelled(texts: Sequence[Text], labels: Sequence[str]) -> Sentences:
    return Sentences(texts, [(label,) for label in labels])


def test_reads_all_csv_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    write_csv(tmp_path / "b.csv", [["two", "y"]])
    write_csv(tmp_path / "a.csv", [["one, with a comma", "x"]])
    (tmp_path / "readme.txt").write_text("not data")
    assert read_sentences(tmp_path) == labelled(["one, with a comma", "two"], ["x", "y"])


def test_reads_the_columns_wherever_they_stand(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [["1", "good", "one"]], header=["id", "label", "text"])
    assert read_sentences(tmp_path) == labelled(["one"], ["good"])


def test_a_second_text_makes_pairs(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [["one", "two", "same"]], header=["text", "text_pair", "label"])
    assert read_sentences(tmp_path) == labelled([("one", "two")], ["same"])
    assert read_sentences(tmp_path).pairs


def test_a_list_of_labels_makes_several_or_none(tmp_path: Path) -> None:
    rows = [["one", json.dumps(["y", "x", "y"])], ["two", "[]"]]
    write_csv(tmp_path / "a.csv", rows, header=["text", "labels"])
    assert read_sentences(tmp_path) == Sentences(["one", "two"], [("x", "y"), ()], several=True)


def test_takes_a_byte_order_mark_blank_lines_and_long_texts(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbftext,label\n\n" + b"word " * 100_000 + b",x\n")
    assert read_sentences(tmp_path).labels == [("x",)]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "bad.csv, row 1: the header has no column 'text', only nothing"),
        (b"text,mark\na,b\n", "bad.csv, row 1: the header has no column 'label', only 'text', 'mark'"),
        (b"text,label\na,x\nb\n", "bad.csv, row 3: 1 fields where the header has 2"),
        (b"text,label\na,x,y\n", "bad.csv, row 2: 3 fields where the header has 2"),
        (b"text,label\na,x\nb, \n", "bad.csv, row 3: 'label' is empty"),
        (b"text,label\n,x\n", "bad.csv, row 2: 'text' is empty"),
        (b'text,label\na,x\n"b,x\n', "bad.csv, row 3: not CSV"),
        (b"text,label\na,x\n\xff,y\n", "bad.csv, after row 0: not UTF-8"),
        (b"text,label\n", "holds no row: 'bad.csv' only has a header"),
        (b"text,label\na,x\nb,z\n", "bad.csv, row 3: the training split has no label 'z', only 'x', 'y'"),
        (
            b"text,text_pair,label\na,b,x\n",
            "bad.csv, row 1: the columns must be text,label, as in the training split, not text,text_pair,label",
        ),
    ],
)
def test_refuses_bad_data_with_file_and_row(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "bad.csv").write_bytes(content)
    with pytest.raises(InputError, match=re.escape(complaint)):
        read_sentences(tmp_path, training=labelled(["a", "b"], ["y", "x"]))


@pytest.mark.parametrize("field", ["x", '"x"', "[1]", '[""]', "{}", '["x"'])
def test_refuses_what_is_no_list_of_labels(tmp_path: Path, field: str) -> None:
    write_csv(tmp_path / "bad.csv", [["a", "[]"], ["b", field]], header=["text", "labels"])
    with pytest.raises(InputError, match=r"^bad.csv, row 3: 'labels' is no JSON list of names such as \[\"billing\","):
        read_sentences(tmp_path)


def test_refuses_files_of_unlike_columns(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [["a", "b", "x"]], header=["text", "text_pair", "label"])
    write_csv(tmp_path / "b.csv", [["a", "x"]])
    with pytest.raises(InputError, match=r"^b.csv, row 1: .*text,text_pair,label, as in a.csv, not text,label$"):
        read_sentences(tmp_path)


def test_refuses_a_missing_folder_and_one_without_csv(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a folder"):
        read_sentences(tmp_path / "missing")
    with pytest.raises(InputError, match=r"holds no \.csv file"):
        read_sentences(tmp_path)


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["no", "maybe", "no"], ["maybe", "no"]),
        (["10", "2", "-1", "1.5"], ["-1", "1.5", "2", "10"]),
        (["10", "2", "two"], ["10", "2", "two"]),
        (["true", "false"], ["false", "true"]),
    ],
)
def test_label_names_are_sorted_as_text_and_numbers_as_numbers(labels: list[str], names: list[str]) -> None:
    assert label_names(labelled(labels, labels)) == names


def test_one_label_alone_is_refused() -> None:
    with pytest.raises(InputError, match="the single label 'no'"):
        label_names(labelled(["a"], ["no"]))


def test_what_is_held_out_has_each_label_in_its_share_and_stays_when_rows_come_and_go() -> None:
    texts = [f"text {number}" for number in range(1000)] * 2
    labels = ["x" if number % 1000 < 950 else "y" for number in range(2000)]
    left, held = held_out(labelled(texts, labels), 0.1, most=9999)
    assert Counter(held.labels) == {("x",): 192, ("y",): 8}
    assert not set(left.texts) & set(held.texts)
    assert sorted([*left.texts, *held.texts], key=str) == sorted(texts)
    # A tenth of the rows is gone, and the others have another order.
    _, fewer = held_out(labelled(texts[:900][::-1], labels[:900][::-1]), 0.1, most=9999)
    assert len(set(fewer.texts) - set(held.texts)) <= 12


def test_texts_that_are_alike_are_held_out_together_in_whatever_order() -> None:
    texts = [f"the boat {number}" for number in range(300)]
    alike = [f"The  boat, {number}!" for number in range(300)]
    rows = labelled([*texts, *alike], ["x", "y"] * 300)
    _, held = held_out(rows, 0.1, most=9999)
    assert len(held.texts) == 60
    assert {texts.index(text) for text in held.texts if text in texts} == {
        alike.index(text) for text in held.texts if text in alike
    }
    _, backwards = held_out(labelled([*texts, *alike][::-1], ["y", "x"] * 300), 0.1, most=9999)
    assert set(backwards.texts) == set(held.texts)
    assert first_alike([("a", "b."), ("A", "b")]) == [("A", "b")] * 2


def test_texts_are_alike_as_they_are_to_the_function_that_splits_the_data() -> None:
    """The groups are those of test/lambda/prepare-dataset/split.test.ts too."""
    groups: list[list[str]] = json.loads(Path(__file__).with_name("alike_texts.json").read_text(encoding="utf-8"))
    texts = [text for group in groups for text in group]
    assert first_alike(texts) == [min(group) for group in groups for _ in group]


def test_no_more_rows_are_held_out_than_asked_for() -> None:
    texts = [f"text {number}" for number in range(1000)]
    assert len(held_out(labelled(texts, ["x", "y"] * 500), 0.1, most=30)[1].texts) == 30


def test_of_many_labels_with_few_rows_each_some_are_held_out() -> None:
    texts = [f"text {number}" for number in range(200)]
    _, held = held_out(labelled(texts, [f"label {number % 50}" for number in range(200)]), 0.1, most=9999)
    assert len(held.texts) == len(set(held.labels)) == 20


def test_one_row_at_least_is_held_out_and_one_of_each_label_left() -> None:
    left, held = held_out(labelled(["a", "b", "c"], ["x", "y", "y"]), 0.0, most=9999)
    assert (left.labels, held.texts) == ([("x",), ("y",)], ["c"])
    several = Sentences([("a", "b"), ("a", "c"), ("d", "e")], [("x", "y"), (), ("y",)], several=True)
    left, held = held_out(several, 0.999, most=9999)
    assert left == Sentences([("a", "b")], [("x", "y")], several=True)
    assert held.texts == [("a", "c"), ("d", "e")]
    with pytest.raises(InputError, match="one text of each label alone"):
        held_out(labelled(["a", "b"], ["x", "y"]), 0.1, most=9999)
