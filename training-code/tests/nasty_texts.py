"""Texts that tell tokenizers apart."""

import random
import unicodedata

NASTY = [
    "Café naïve Ångström ÆØÅ ß ẞ İstanbul ı ﬁ Ǆ ŉ",
    "e\u0301 a\u0308\u0323 o\u0327 \u0301alone n\u0303n\u0303",
    "ΟΔΥΣΣΕΥΣ ΣΑΣ Σ",
    "中文字 mixed中english 𠀀 ﾊﾝｶｸ 한국어 ᄒ ひらがな カタカナ ガ",
    "\U0002b820\U0002b91f\U0002b920 \u9fff \uf900",
    "👍 👩‍👩‍👧 🏳️‍🌈 a👍b ☺️ ❤",
    "tab\tnew\nline\r\nend\x0bvertical\x0cfeed",
    "\x00nul \x07bell \x1b[0m \x7f \x85next \x1c\x1d\x1e\x1f",
    "zero\u200bwidth\u200djoin \ufeffbom soft\u00adhyphen \u2060",
    "no\u00a0break \u2003em \u3000wide \u202fnarrow \u2028line\u2029paragraph",
    "private \ue000 \uf8ff replaced \ufffd unassigned \u0378",
    "a" * 100 + " " + "a" * 101 + " the" + "e" * 99,
    "[SEP] the [CLS] cat [PAD] [UNK] [MASK] [mask] [sep] [SEP][SEP]x[MASK]y [ SEP ] [[SEP]]",
    "[PAD]",
    "\u200b\u0301",
    '$9.99+1=2^3 `x` ~y |z| <a> don\'t "q" ‘s’ “d” – — … ¡¿ § « »',
    "thecat catthe ##the ## the##cat un##",
    "the " * 300,
    "عربي עברית हिन्दी ไทย ไม้",
    "ｆｕｌｌ ＷＩＤＴＨ ！ ﹏ ① ½ x² Ⅷ",
    "\u1e9b\u0323 \u212b \u2126 \u1100\u1161",
]


def generated_texts(count: int, seed: int) -> list[str]:
    """Random mixtures of words, pieces of `NASTY` and characters that Unicode has had since 3.2, which all tables know.

    Not four of those, of the Philippines', Mongolia's and Canada's scripts, that Unicode has put into other categories.
    """
    chance = random.Random(seed)
    moved = {0x166D, 0x1734, 0x1885, 0x1886}
    known = [
        character
        for character in map(chr, range(0x30000))
        if unicodedata.ucd_3_2_0.category(character) not in {"Cn", "Cs"} and ord(character) not in moved
    ]
    common = [character for character in known if ord(character) < 0x500]
    words = [word for text in NASTY for word in text.split(" ")] + ["the", "cat", "dog", "sleeps", "[SEP]", " ", "  "]
    draws = [lambda: chance.choice(words), lambda: chance.choice(common), lambda: chance.choice(known)]
    return [
        "".join(chance.choice(draws)() + chance.choice(["", " "]) for _ in range(chance.randint(1, 30)))
        for _ in range(count)
    ]
