"""The texts that fix the scales of int8."""

import itertools
import random
from collections.abc import Iterator

from split import Split

# Tokens of each kind: of the training split's texts, of long ones that are joined of several, and of random ones.
TYPICAL = 4096
JOINED = 1536
RANDOM = 1024
# How long a random text is.
SHORTEST, LONGEST = 3, 40


def calibration_texts(training: Split, vocabulary: int) -> tuple[list[list[int]], list[list[int]] | None]:
    """Token ids, up to some 7000 in all, and their types if the split's have any; the same for the same split.

    Long texts and random words are there because people will ask what training has not seen. By the training split's
    texts alone, if they are short ones and all alike, the scores of others change three times as much, and now and
    then altogether: `npm run bench -- unlike`.
    """
    chance = random.Random(0)
    # A file has like by like.
    rows = training.texts()
    order = chance.sample(range(len(rows)), len(rows))
    texts = [rows[row] for row in order]
    # A text of thousands of tokens tells no more than one of hundreds.
    longest = min(training.max_length, JOINED)
    # Each has a token of its own at least.
    few = min(len(texts), longest)
    typical = list(up_to(TYPICAL, iter(texts)))
    others = [
        *up_to(JOINED, (join(chance.sample(texts, few), longest) for _ in itertools.count())),
        *up_to(RANDOM, (at_random(texts[0], vocabulary, min(longest, LONGEST), chance) for _ in itertools.count())),
    ]
    types = training.token_types()
    if types is None:
        return typical + others, None
    return typical + others, [types[row] for row in order[: len(typical)]] + [[0] * len(text) for text in others]


def up_to(tokens: int, texts: Iterator[list[int]]) -> Iterator[list[int]]:
    """The first texts that have so many tokens together."""
    seen = 0
    while seen < tokens and (text := next(texts, None)) is not None:
        seen += len(text)
        yield text


def join(texts: list[list[int]], longest: int) -> list[int]:
    """One text of what stands between the first and the last token of these, which are the tokenizer's own."""
    words = itertools.chain.from_iterable(text[1:-1] for text in texts)
    return [texts[0][0], *itertools.islice(words, longest - 2), texts[0][-1]]


def at_random(text: list[int], vocabulary: int, longest: int, chance: random.Random) -> list[int]:
    """Random tokens between the first and the last one of `text`."""
    words = chance.randint(min(SHORTEST, longest - 2), longest - 2)
    return [text[0], *(chance.randrange(vocabulary) for _ in range(words)), text[-1]]
