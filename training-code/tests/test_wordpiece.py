import csv
import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer as RustTokenizer
from transformers import AutoTokenizer

from nasty_texts import NASTY, generated_texts
from wordpiece import Tokenizer, TokenizerError

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "acceptability.csv"


def described(traced: Path, **normalizer: object) -> dict[str, Any]:
    """The traced artifact's tokenizer.json with a vocabulary in which more than a few words come out."""
    description: dict[str, Any] = json.loads((traced / "tokenizer.json").read_text())
    vocabulary = description["model"]["vocab"]
    letters = set("abcdefghijklmnopqrstuvwxyzéàçñöσςß中文字!?$-'[]#²½１ﬁ👍") | {chr(code) for code in range(33, 0x600)}
    for piece in [*sorted(letters), "in", "ing", "er", "un", "st"]:
        for form in (piece, f"##{piece}"):
            vocabulary.setdefault(form, len(vocabulary))
    # Begins like another: the longer one is meant.
    vocabulary["[SEP]x"] = len(vocabulary)
    description["added_tokens"].append(
        {**description["added_tokens"][3], "content": "[SEP]x", "id": vocabulary["[SEP]x"]}
    )
    description["normalizer"].update(normalizer)
    description["truncation"]["max_length"] = 40
    description["padding"]["strategy"]["Fixed"] = 48
    return description


def assert_same_ids(description: dict[str, Any], texts: list[str]) -> None:
    rust = RustTokenizer.from_str(json.dumps(description))
    input_ids, attention_mask, _ = Tokenizer(description)(texts)
    for text, ids, mask, expected in zip(texts, input_ids, attention_mask, rust.encode_batch(texts), strict=True):
        assert (ids, mask) == (expected.ids, expected.attention_mask), ascii(text)


@pytest.mark.parametrize("clean_text", [True, False])
@pytest.mark.parametrize("handle_chinese_chars", [True, False])
@pytest.mark.parametrize("strip_accents", [None, True, False])
@pytest.mark.parametrize("lowercase", [True, False])
def test_gives_the_ids_of_the_rust_library_with_each_flag(
    traced: Path, clean_text: bool, handle_chinese_chars: bool, strip_accents: bool | None, lowercase: bool
) -> None:
    description = described(
        traced,
        clean_text=clean_text,
        handle_chinese_chars=handle_chinese_chars,
        strip_accents=strip_accents,
        lowercase=lowercase,
    )
    assert_same_ids(description, NASTY + generated_texts(150, seed=1))


def test_gives_the_ids_of_the_rust_library_for_the_sample_dataset(traced: Path) -> None:
    with EXAMPLES.open(encoding="utf-8") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    assert len(texts) > 100
    assert_same_ids(described(traced), texts)


def test_treats_every_character_as_the_rust_library_does(traced: Path) -> None:
    """Each by itself, of those that Unicode has had since 3.2, but for four that it has moved since."""
    moved = {0x166D, 0x1734, 0x1885, 0x1886}
    characters = [
        character
        for character in map(
            chr, [*range(0x3400), *range(0xA000, 0xAC00), *range(0xF900, 0x10450), *range(0x1D000, 0x20010)]
        )
        if unicodedata.ucd_3_2_0.category(character) not in {"Cn", "Cs"} and ord(character) not in moved
    ]
    assert len(characters) > 13_000
    assert_same_ids(described(traced), [f"ca{character}t b" for character in characters])


def test_cuts_and_pads_as_the_tokenizer_of_the_trained_artifact(artifact: Path, traced: Path) -> None:
    texts = ["the cat", "the dog sing " + "here " * 50, "[SEP] the [MASK]", "\u200b"]
    trained = AutoTokenizer.from_pretrained(artifact)
    expected = trained(texts, truncation=True, padding="max_length", max_length=None, return_tensors=None)
    input_ids, attention_mask, _ = Tokenizer(json.loads((traced / "tokenizer.json").read_text()))(texts)
    # Trained to cut at 12 tokens, traced for 16.
    assert [row[:12] for row in input_ids] == expected["input_ids"]
    assert [row[:12] for row in attention_mask] == expected["attention_mask"]
    assert {len(row) for row in input_ids + attention_mask} == {16}
    assert {entry for row in attention_mask for entry in row[12:]} == {0}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"model": {"type": "BPE"}}, "the tokenizer's model is BPE; only BERT's, WordPiece, can be traced"),
        ({"normalizer": None}, "the tokenizer's normalizer is None; only BERT's, BertNormalizer, can be traced"),
        ({"pre_tokenizer": {"type": "ByteLevel"}}, "the tokenizer's pre_tokenizer is ByteLevel; only BERT's"),
        ({"post_processor": {"type": "RobertaProcessing"}}, "the tokenizer's post_processor is RobertaProcessing"),
    ],
)
def test_refuses_another_tokenizer_by_name(traced: Path, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(TokenizerError, match=complaint):
        Tokenizer({**described(traced), **changes})


def test_refuses_an_added_token_with_rules_of_its_own(traced: Path) -> None:
    description = described(traced)
    description["added_tokens"][4]["lstrip"] = True
    with pytest.raises(TokenizerError, match=r"the tokenizer's added token '\[MASK\]' has the rule 'lstrip'"):
        Tokenizer(description)
