"""Reads labelled sentences: every .csv file in a channel's folder, checked row by row."""

import csv
import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from contract import Text
from errors import InputError

# csv refuses fields over 128 kB by default; a long text is no error, the tokenizer truncates it.
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class Sentences:
    """Texts and their labels; the same index is the same row."""

    texts: list[Text]
    labels: list[str]


def read_sentences(
    folder: Path, text_column: str, label_column: str, known_labels: Collection[str] | None = None
) -> Sentences:
    """Reads every .csv file in `folder`, in the order of their names.

    Raises InputError, naming file and row, for a row without text or label, and for a label outside `known_labels`.
    Rows are counted as a spreadsheet does: the header is row 1.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; it must hold .csv files with {text_column},{label_column}")
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise InputError(f"{folder} holds no .csv file")

    texts, labels = [], []
    for file in files:
        for row, text, label in _rows(file, text_column, label_column):
            if known_labels is not None and label not in known_labels:
                raise InputError(
                    f"{file.name}, row {row}: the training split has no label {label!r}, only {_listed(known_labels)}"
                )
            texts.append(text)
            labels.append(label)
    if not texts:
        raise InputError(f"{folder} holds no row: {_listed([file.name for file in files])} only has a header")
    return Sentences(texts, labels)


def held_out(sentences: Sentences, share: float, seed: int) -> tuple[Sentences, Sentences]:
    """Splits off about a `share` of the rows, one at least: what is left, and these.

    A hash of its text says where a row goes, so that it stays there whatever rows come and go, and its duplicates with
    it. The first text of each label is always left.
    """

    def place(text: str) -> int:
        return int.from_bytes(hashlib.sha256(f"{seed}/{text}".encode()).digest()[:8], "big")

    kept = {sentences.texts[sentences.labels.index(label)] for label in set(sentences.labels)}
    others = set(sentences.texts) - kept
    held = {text for text in others if place(text) < share * 2**64} or {min(others, default="", key=place)}
    left, split_off = Sentences([], []), Sentences([], [])
    for text, label in zip(sentences.texts, sentences.labels, strict=True):
        side = split_off if text in held else left
        side.texts.append(text)
        side.labels.append(label)
    return left, split_off


def label_names(training: Sentences, testing: Sentences) -> list[str]:
    """The labels in the order of their ids. Raises InputError unless both splits have the same two or more labels."""
    labels = sorted(set(training.labels))
    if len(labels) < 2:
        raise InputError(f"the training split has the single label {labels[0]!r}; a classifier needs two or more")
    untested = sorted(set(labels) - set(testing.labels))
    if untested:
        raise InputError(f"the test split has no row labelled {_listed(untested)}; add some, so that they are measured")
    return labels


def _rows(file: Path, text_column: str, label_column: str) -> Iterator[tuple[int, str, str]]:
    """Yields (row number, text, label) for each row below the header; blank lines count but are skipped."""
    row = 0
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines, strict=True)
            header = next(reader, [])
            row = 1
            for column in (text_column, label_column):
                if column not in header:
                    raise InputError(f"{file.name}, row 1: the header has no column {column!r}, only {_listed(header)}")
            text_index, label_index = header.index(text_column), header.index(label_column)
            for row, fields in enumerate(reader, start=2):
                if not fields:
                    continue
                if len(fields) != len(header):
                    raise InputError(f"{file.name}, row {row}: {len(fields)} fields where the header has {len(header)}")
                for column, value in ((text_column, fields[text_index]), (label_column, fields[label_index])):
                    if not value.strip():
                        raise InputError(f"{file.name}, row {row}: {column!r} is empty")
                yield row, fields[text_index], fields[label_index]
    except UnicodeDecodeError as error:
        # Python decodes ahead in blocks, so the row can only be bounded from below.
        raise InputError(f"{file.name}, after row {row}: not UTF-8; save the file as UTF-8") from error
    except csv.Error as error:
        raise InputError(f"{file.name}, row {row + 1}: not CSV ({error})") from error


def _listed(names: Collection[str]) -> str:
    return ", ".join(repr(name) for name in names) or "nothing"
