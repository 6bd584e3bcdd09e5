"""One split of the data as the model reads it."""

import itertools
from typing import Any

import torch

from metrics import targets_of
from sentences import Sentences

# What the tokenizer answers takes a hundred times the memory of the ids, so it answers for a few rows at a time.
BLOCK_ROWS = 10_000


class Split:
    """One split as token ids, in rows of unequal length.

    All rows lie in one tensor, one after the other: a million small ones would need ten times the memory.
    """

    def __init__(self, sentences: Sentences, labels: list[str], tokenizer: Any, max_length: int) -> None:
        blocks = []
        self.lengths: list[int] = []
        self.max_length = max_length
        # Texts that are longer than `max_length`, and so are cut.
        self.truncated = 0
        for start in range(0, len(sentences.texts), BLOCK_ROWS):
            tokenized = tokenizer(
                sentences.texts[start : start + BLOCK_ROWS],
                truncation=True,
                max_length=max_length,
                return_attention_mask=False,
                return_token_type_ids=False,
            )
            self.truncated += sum(bool(encoding.overflowing) for encoding in tokenized.encodings)
            encoded = tokenized["input_ids"]
            self.lengths.extend(map(len, encoded))
            blocks.append(torch.tensor(list(itertools.chain.from_iterable(encoded)), dtype=torch.int32))
        self.token_ids = torch.cat(blocks)
        self.starts = [0, *itertools.accumulate(self.lengths)]
        self.targets = targets_of(sentences.labels, labels, sentences.several)
        self.pad_token_id: int = tokenizer.pad_token_id

    def __len__(self) -> int:
        return len(self.lengths)

    def texts(self) -> list[list[int]]:
        """Each row's token ids."""
        rows = zip(self.starts, self.starts[1:], strict=False)
        return [self.token_ids[start:end].tolist() for start, end in rows]

    def inputs(self, rows: list[int], device: torch.device) -> dict[str, torch.Tensor]:
        """The model's inputs for these rows, each (rows x longest row's tokens)."""
        token_ids = [self.token_ids[self.starts[row] : self.starts[row + 1]].long() for row in rows]
        masks = [torch.ones_like(ids) for ids in token_ids]
        pad = torch.nn.utils.rnn.pad_sequence
        return {
            "input_ids": pad(token_ids, batch_first=True, padding_value=self.pad_token_id).to(device),
            "attention_mask": pad(masks, batch_first=True, padding_value=0).to(device),
        }
