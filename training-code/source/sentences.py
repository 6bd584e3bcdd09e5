"""Reads labelled texts: every .csv file in a channel's folder, checked row by row.

The columns are `text`, with pairs `text_pair` too, and either `label` or, of several labels a text, `labels`: a JSON
list of strings, which may be empty. The header alone says which.
"""

import csv
import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from contract import Text
from errors import InputError

# Of the training split, what is not trained on, but chooses and fits; of many rows no more than tell enough.
VALIDATION_SHARE = 0.1
VALIDATION_ROWS = 2000

# csv refuses fields over 128 kB by default; a long text is no error, the tokenizer truncates it.
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class Sentences:
    """Texts and the labels of each; the same index is the same row.

    Where a text has one label, `several` is false; else it may have any number of them, in no order.
    """

    texts: Sequence[Text]
    labels: Sequence[tuple[str, ...]]
    several: bool = False

    @property
    def pairs(self) -> bool:
        """Whether the texts are pairs."""
        return isinstance(self.texts[0], tuple)


def read_sentences(folder: Path, training: Sentences | None = None) -> Sentences:
    """Reads every .csv file in `folder`, in the order of their names.

    Raises InputError, naming file and row, for a row without text or label; and where the training split is given, for
    other columns and labels than it has. Rows are counted as a spreadsheet does: the header is row 1.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; it must hold .csv files with text,label")
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise InputError(f"{folder} holds no .csv file")

    columns = columns_for(training) if training else columns_of(files[0])
    for file in files:
        if columns_of(file) != columns:
            raise InputError(
                f"{file.name}, row 1: the columns must be {','.join(columns)}, as in "
                f"{'the training split' if training else files[0].name}, not {','.join(columns_of(file))}"
            )
    known = {label for labels in training.labels for label in labels} if training else None
    texts: list[Text] = []
    labels: list[tuple[str, ...]] = []
    # Of a million rows most have the same labels, which take no memory twice.
    seen: dict[tuple[str, ...], tuple[str, ...]] = {}
    for file in files:
        for row, fields in rows_of(file, columns):
            where = f"{file.name}, row {row}"
            row_labels = several_labels(fields[-1], where) if columns[-1] == "labels" else (fields[-1],)
            unknown = [label for label in row_labels if known is not None and label not in known]
            if unknown:
                raise InputError(
                    f"{where}: the training split has no label {unknown[0]!r}, only {_listed(sorted(known or ()))}"
                )
            texts.append(fields[0] if len(fields) == 2 else (fields[0], fields[1]))
            labels.append(seen.setdefault(row_labels, row_labels))
    if not texts:
        raise InputError(f"{folder} holds no row: {_listed([file.name for file in files])} only has a header")
    return Sentences(texts, labels, several=columns[-1] == "labels")


def columns_for(sentences: Sentences) -> tuple[str, ...]:
    """The columns of what was read."""
    return ("text", *(["text_pair"] if sentences.pairs else []), "labels" if sentences.several else "label")


def columns_of(file: Path) -> tuple[str, ...]:
    """The columns that the file's header says to read, whether it has them all or not."""
    _, header = next(_lines(file), (1, []))
    label = "labels" if "labels" in header and "label" not in header else "label"
    return ("text", *(["text_pair"] if "text_pair" in header else []), label)


def several_labels(field: str, where: str) -> tuple[str, ...]:
    """The labels in a field of the column `labels`, each once. Raises InputError."""
    try:
        labels = json.loads(field)
    except ValueError:
        labels = None
    if not isinstance(labels, list) or not all(isinstance(label, str) and label.strip() for label in labels):
        raise InputError(f"""{where}: 'labels' is no JSON list of names such as ["billing", "urgent"]""")
    return tuple(sorted(set(labels)))


def validation_part(training: Sentences) -> tuple[Sentences, Sentences]:
    """What of the training split is trained on, and what chooses and fits; see `held_out`."""
    return held_out(training, VALIDATION_SHARE, VALIDATION_ROWS)


def held_out(sentences: Sentences, share: float, most: int) -> tuple[Sentences, Sentences]:
    """Splits off about a `share` of the texts, `most` at most and one at least: what is left, and these.

    By its hash, a text has a rank among those of its label, the rarest if it has several; this rank over their number
    says where it goes. So labels keep their shares, texts mostly stay where they are when rows come and go, and those
    that are alike stay together. A text of each label is always left. Raises InputError where there is no other.
    """
    texts = first_alike(sentences.texts)

    def place(text: Text) -> bytes:
        return hashlib.sha256((text if isinstance(text, str) else "\0".join(text)).encode()).digest()

    rows_of_label = Counter(label for labels in sentences.labels for label in labels)
    first: dict[str, Text] = {}
    label_of_text: dict[Text, str] = {}
    for text, labels in zip(texts, sentences.labels, strict=True):
        for label in labels:
            first.setdefault(label, text)
        label_of_text.setdefault(text, min(labels, key=lambda label: (rows_of_label[label], label), default=""))
    left = set(first.values())
    texts_of_label: dict[str, list[Text]] = {}
    for text in sorted(label_of_text.keys() - left, key=place):
        texts_of_label.setdefault(label_of_text[text], []).append(text)
    ranked = sorted(
        (rank / len(ranks), place(text), text)
        for ranks in texts_of_label.values()
        for rank, text in enumerate(ranks, start=1)
    )
    if not ranked:
        raise InputError("the training split has one text of each label alone; add more, for some are held out")
    held = {text for _, _, text in ranked[: max(1, min(round(share * len(label_of_text)), most))]}
    return (
        subset(sentences, [row for row, text in enumerate(texts) if text not in held]),
        subset(sentences, [row for row, text in enumerate(texts) if text in held]),
    )


def is_of_a_word(character: str) -> bool:
    """Whether it is a letter, a number, or a mark on one."""
    return unicodedata.category(character)[0] in "LNM"


def first_alike(texts: Sequence[Text]) -> list[Text]:
    """For each text the one, first by its characters, that differs from it in capitals, marks and blanks alone.

    One in two splits would be answered by heart. PrepareDataset keeps them out of the test split likewise.
    """

    def folded(text: str) -> str:
        lower = unicodedata.normalize("NFKC", text).lower()
        # Letters and numbers with their marks, which re has no class for; of ASCII it knows all.
        kept = re.sub(r"[\W_]+", "", lower) if lower.isascii() else "".join(filter(is_of_a_word, lower))
        return kept or text

    keys = [folded(text) if isinstance(text, str) else tuple(map(folded, text)) for text in texts]
    first: dict[str | tuple[str, ...], Text] = {}
    for key, text in zip(keys, texts, strict=True):
        first[key] = min(first.get(key, text), text)
    return [first[key] for key in keys]


def place_of(folder: Path, text: Text) -> str:
    """File and row of the first row with this text in a folder that was read."""
    return next(
        f"{file.name}, row {row}"
        for file in sorted(folder.glob("*.csv"))
        for row, fields in rows_of(file, columns_of(file))
        if fields[:-1] == ([text] if isinstance(text, str) else list(text))
    )


def subset(sentences: Sentences, rows: Sequence[int]) -> Sentences:
    """These rows alone."""
    texts = [sentences.texts[row] for row in rows]
    return Sentences(texts, [sentences.labels[row] for row in rows], sentences.several)


def label_names(training: Sentences) -> list[str]:
    """The labels in the order of their ids: numbers by their size, else as text.

    Raises InputError unless there are two or more.
    """
    names = {label for labels in training.labels for label in labels}
    if len(names) < 2:
        raise InputError(f"the training split has the single label {_listed(names)}; a classifier needs two or more")
    if all(re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", name) for name in names):
        return sorted(names, key=lambda name: (float(name), name))
    return sorted(names)


def rows_of(file: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Yields (row number, fields of `columns`) for each row below the header; blank lines count but are skipped."""
    lines = _lines(file)
    _, header = next(lines, (1, []))
    missing = [column for column in columns if column not in header]
    if missing:
        raise InputError(f"{file.name}, row 1: the header has no column {missing[0]!r}, only {_listed(header)}")
    places = [header.index(column) for column in columns]
    for row, fields in lines:
        if not fields:
            continue
        if len(fields) != len(header):
            raise InputError(f"{file.name}, row {row}: {len(fields)} fields where the header has {len(header)}")
        for column, place in zip(columns, places, strict=True):
            if not fields[place].strip():
                raise InputError(f"{file.name}, row {row}: {column!r} is empty")
        yield row, [fields[place] for place in places]


def _lines(file: Path) -> Iterator[tuple[int, list[str]]]:
    row = 0
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            for row, fields in enumerate(csv.reader(lines, strict=True), start=1):
                yield row, fields
    except UnicodeDecodeError as error:
        # Python decodes ahead in blocks, so the row can only be bounded from below.
        raise InputError(f"{file.name}, after row {row}: not UTF-8; save the file as UTF-8") from error
    except csv.Error as error:
        raise InputError(f"{file.name}, row {row + 1}: not CSV ({error})") from error


def _listed(names: Collection[str]) -> str:
    return ", ".join(repr(name) for name in names) or "nothing"
