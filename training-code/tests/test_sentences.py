import re
from pathlib import Path

import pytest

from conftest import write_csv
from errors import InputError
from sentences import Sentences, held_out, label_names, read_sentences


def read(folder: Path, known_labels: list[str] | None = None) -> Sentences:
    return read_sentences(folder, "text", "label", known_labels)


def test_reads_all_csv_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    write_csv(tmp_path / "b.csv", [["two", "y"]])
    write_csv(tmp_path / "a.csv", [["one, with a comma", "x"]])
    (tmp_path / "readme.txt").write_text("not data")
    assert read(tmp_path) == Sentences(["one, with a comma", "two"], ["x", "y"])


def test_reads_the_configured_columns_wherever_they_stand(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [["1", "good", "one"]], header=["id", "mark", "sentence"])
    assert read_sentences(tmp_path, "sentence", "mark") == Sentences(["one"], ["good"])


def test_takes_a_byte_order_mark_blank_lines_and_long_texts(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbftext,label\n\n" + b"word " * 100_000 + b",x\n")
    assert read(tmp_path).labels == ["x"]


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
    ],
)
def test_refuses_bad_data_with_file_and_row(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "bad.csv").write_bytes(content)
    with pytest.raises(InputError, match=re.escape(complaint)):
        read(tmp_path, known_labels=["x", "y"])


def test_refuses_a_missing_folder_and_one_without_csv(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a folder"):
        read(tmp_path / "missing")
    with pytest.raises(InputError, match=r"holds no \.csv file"):
        read(tmp_path)


def test_label_names_are_sorted_and_the_same_in_both_splits() -> None:
    assert label_names(Sentences(["a", "b"], ["no", "maybe"]), Sentences(["c", "d"], ["maybe", "no"])) == [
        "maybe",
        "no",
    ]
    with pytest.raises(InputError, match="the single label 'no'"):
        label_names(Sentences(["a"], ["no"]), Sentences(["c"], ["no"]))
    with pytest.raises(InputError, match="the test split has no row labelled 'maybe'"):
        label_names(Sentences(["a", "b"], ["no", "maybe"]), Sentences(["c"], ["no"]))


def test_what_is_held_out_is_said_by_the_text_alone_whatever_rows_there_are() -> None:
    texts = [f"text {number}" for number in range(1000)] * 2
    labels = ["x", "y"] * 1000
    left, held = held_out(Sentences(texts, labels), 0.1, seed=1)
    assert 140 < len(held.texts) < 260
    assert not set(left.texts) & set(held.texts)
    assert sorted(left.texts + held.texts) == sorted(texts)
    # Other rows, in another order.
    _, fewer = held_out(Sentences(texts[:600][::-1], labels[:600]), 0.1, seed=1)
    assert set(fewer.texts) == set(held.texts) & set(texts[:600])
    assert set(held_out(Sentences(texts, labels), 0.1, seed=2)[1].texts) != set(held.texts)


def test_one_row_at_least_is_held_out_and_one_of_each_label_left() -> None:
    left, held = held_out(Sentences(["a", "b", "c"], ["x", "y", "y"]), 0.0, seed=1)
    assert (left.labels, held.texts) == (["x", "y"], ["c"])
