from pathlib import Path

import pytest
import torch
from transformers import AutoTokenizer

import split
from conftest import sentences
from reading import reader_of
from sentences import Sentences
from split import Split


def test_rows_are_the_same_however_many_are_tokenized_at_a_time(
    base_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base_model)
    texts, labels = zip(*sentences(7, seed=1), strict=True)
    rows = Sentences(texts, [(label,) for label in labels])
    names = sorted(set(labels))
    reader = reader_of(tokenizer)
    whole = Split(rows, names, reader)
    monkeypatch.setattr(split, "BLOCK_ROWS", 3)
    in_blocks = Split(rows, names, reader)

    assert in_blocks.lengths == whole.lengths
    assert [names[number] for number in in_blocks.targets] == list(labels)
    inputs = in_blocks.inputs([6, 0], torch.device("cpu"))
    expected = tokenizer([texts[6], texts[0]], padding=True, return_tensors="pt")
    for name, tensor in inputs.items():
        assert torch.equal(tensor, expected[name])
