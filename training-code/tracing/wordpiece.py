"""BERT's tokenizer from tokenizer.json alone, for the images that have no tokenizers library.

Gives the ids that Hugging Face's Rust library gives. The one limit: its table of character categories is Unicode 8's,
Python's is newer (3.6 has Unicode 9's, 3.11 has 14's), so a few hundred marks, punctuation and format characters that
Unicode has added since 2015, in scripts that no vocabulary of BERT's has, are letters there and not here.

Travels inside the traced artifact as code/wordpiece.py: keep to Python 3.6 and its standard library.
"""

import itertools
import re
import unicodedata
from typing import Any, Dict, Iterator, List, Optional, Tuple

# Unicode's White_Space, as Rust has it; Python's str.isspace takes in four control characters more.
WHITESPACE = frozenset("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | set(map(chr, range(0x2000, 0x200B)))
CONTROL = frozenset(["Cc", "Cf", "Co"])
# The library's ranges, which leave out the first 256 ideographs of CJK Extension E.
IDEOGRAPHS = (
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2B81F), (0x2B920, 0x2CEAF),
    (0x2F800, 0x2FA1F),
)  # fmt: skip


class TokenizerError(ValueError):
    """tokenizer.json asks for what this module does not do; the message says what."""


class Replacements(Dict[int, Optional[str]]):
    """A table for str.translate that works out what becomes of a character when it first meets it."""

    def __missing__(self, code_point: int) -> Optional[str]:
        self[code_point] = replacement = self.replacement(chr(code_point))
        return replacement

    def replacement(self, character: str) -> Optional[str]:
        """What `character` becomes; None or '' for nothing."""
        raise NotImplementedError


class Cleaning(Replacements):
    """The normalizer's part before accents: control characters go, white space is ' ', ideographs are words."""

    def __init__(self, clean_text: bool, handle_chinese_chars: bool) -> None:
        super().__init__()
        self.clean_text = clean_text
        self.handle_chinese_chars = handle_chinese_chars

    def replacement(self, character: str) -> Optional[str]:
        """Overrides Replacements."""
        if self.clean_text:
            if character in "\t\n\r":
                return " "
            if character in "\0\ufffd" or unicodedata.category(character) in CONTROL:
                return None
            if character in WHITESPACE:
                return " "
        if self.handle_chinese_chars and any(first <= ord(character) <= last for first, last in IDEOGRAPHS):
            return f" {character} "
        return character


class Splitting(Replacements):
    """The rest of the normalizer, on decomposed text, and the pre-tokenizer: words and punctuation, parted by ' '."""

    def __init__(self, strip_accents: bool, lowercase: bool) -> None:
        super().__init__()
        self.strip_accents = strip_accents
        self.lowercase = lowercase

    def replacement(self, character: str) -> Optional[str]:
        """Overrides Replacements."""
        if self.strip_accents and unicodedata.category(character) == "Mn":
            return None
        # Character by character: Python would give a sigma at a word's end another shape.
        return "".join(map(self.parted, character.lower() if self.lowercase else character))

    def parted(self, character: str) -> str:
        """White space as ' ', punctuation as a word of its own."""
        if character in WHITESPACE:
            return " "
        # All of ASCII's symbols are punctuation to BERT, '$' and '+' too.
        is_symbol = character < "\x7f" and character.isprintable() and not character.isalnum()
        return f" {character} " if is_symbol or unicodedata.category(character).startswith("P") else character


class Tokenizer:
    """Texts to rows of ids, cut and padded as tokenizer.json's `truncation` and `padding` say."""

    def __init__(self, description: Dict[str, Any]) -> None:
        """Reads the parsed tokenizer.json. Raises TokenizerError where it is not BERT's."""
        model = _part(description, "model", "WordPiece")
        normalizer = _part(description, "normalizer", "BertNormalizer")
        _part(description, "pre_tokenizer", "BertPreTokenizer")
        self.vocabulary: Dict[str, int] = model["vocab"]
        self.unknown = self.vocabulary[model["unk_token"]]
        self.prefix: str = model["continuing_subword_prefix"]
        self.longest_word: int = model["max_input_chars_per_word"]

        lowercase = normalizer["lowercase"]
        strip_accents = normalizer["strip_accents"]
        self.strip_accents = lowercase if strip_accents is None else strip_accents
        self.cleaning = Cleaning(normalizer["clean_text"], normalizer["handle_chinese_chars"])
        self.splitting = Splitting(self.strip_accents, lowercase)

        self.added = _added_tokens(description)
        longest_first = sorted(self.added, key=len, reverse=True)
        self.added_pattern = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")
        self.before, self.after = _template(description)
        self.max_length: int = description["truncation"]["max_length"]
        self.room = self.max_length - len(self.before) - len(self.after)
        self.length: int = description["padding"]["strategy"]["Fixed"]
        self.pad: int = description["padding"]["pad_id"]

    def __call__(self, texts: List[str]) -> Tuple[List[List[int]], List[List[int]], List[bool]]:
        """`input_ids` and `attention_mask`, each texts x length, and whether each text was cut."""
        input_ids, attention_mask, is_cut = [], [], []
        for text in texts:
            ids = list(itertools.islice(self.ids(text), self.room + 1))
            is_cut.append(len(ids) > self.room)
            row = self.before + ids[: self.room] + self.after
            padding = self.length - len(row)
            input_ids.append(row + [self.pad] * padding)
            attention_mask.append([1] * len(row) + [0] * padding)
        return input_ids, attention_mask, is_cut

    def count(self, text: str) -> int:
        """How many ids one text has with [CLS] and [SEP], uncut."""
        return len(self.before) + sum(1 for _ in self.ids(text)) + len(self.after)

    def ids(self, text: str) -> Iterator[int]:
        """One text's ids, uncut. Special tokens are found in the text as it came."""
        start = 0
        for match in self.added_pattern.finditer(text):
            yield from self.plain_ids(text[start : match.start()])
            yield self.added[match.group()]
            start = match.end()
        yield from self.plain_ids(text[start:])

    def plain_ids(self, text: str) -> Iterator[int]:
        """The ids of a text without special tokens."""
        text = text.translate(self.cleaning)
        if self.strip_accents:
            text = unicodedata.normalize("NFD", text)
        for word in text.translate(self.splitting).split(" "):
            if word:
                yield from self.pieces(word)

    def pieces(self, word: str) -> List[int]:
        """The longest known piece, then the longest that goes on from there; [UNK] where the word does not come out."""
        if len(word) > self.longest_word:
            return [self.unknown]
        ids = []
        start = 0
        while start < len(word):
            prefix = self.prefix if start else ""
            for end in range(len(word), start, -1):
                piece = self.vocabulary.get(prefix + word[start:end])
                if piece is not None:
                    break
            else:
                return [self.unknown]
            ids.append(piece)
            start = end
        return ids


def _part(description: Dict[str, Any], name: str, kind: str) -> Dict[str, Any]:
    part: Dict[str, Any] = description.get(name) or {}
    if part.get("type") != kind:
        raise TokenizerError(f"the tokenizer's {name} is {part.get('type')}; only BERT's, {kind}, can be traced")
    return part


def _added_tokens(description: Dict[str, Any]) -> Dict[str, int]:
    for token in description["added_tokens"]:
        for rule in ("single_word", "lstrip", "rstrip", "normalized"):
            if token[rule]:
                raise TokenizerError(
                    f"the tokenizer's added token {token['content']!r} has the rule '{rule}'; "
                    "only tokens without it can be traced"
                )
    return {token["content"]: token["id"] for token in description["added_tokens"]}


def _template(description: Dict[str, Any]) -> Tuple[List[int], List[int]]:
    """The ids before and after a text."""
    processor = _part(description, "post_processor", "TemplateProcessing")
    sides: Tuple[List[int], List[int]] = ([], [])
    side = 0
    for piece in processor["single"]:
        if "SpecialToken" in piece:
            sides[side].extend(processor["special_tokens"][piece["SpecialToken"]["id"]]["ids"])
        else:
            side = 1
    return sides
