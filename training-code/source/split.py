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

    All rows lie in one tensor, one after the other: a million small ones would need ten times the memory. So do, for a
    model that `takes_types`, the types of the tokens of pairs.
    """

    def __init__(
        self, sentences: Sentences, labels: list[str], tokenizer: Any, max_length: int, *, takes_types: bool = False
    ) -> None:
        blocks, types = [], []
        self.pairs = sentences.pairs
        self.lengths: list[int] = []
        self.max_length = max_length
        # Texts that are longer than `max_length`, and so are cut.
        self.truncated = 0
        for start in range(0, len(sentences.texts), BLOCK_ROWS):
            block = sentences.texts[start : start + BLOCK_ROWS]
            tokenized = tokenizer(
                *(zip(*block, strict=True) if self.pairs else [block]),
                truncation=True,
                max_length=max_length,
                return_attention_mask=False,
                return_token_type_ids=False,
            )
            self.truncated += sum(bool(encoding.overflowing) for encoding in tokenized.encodings)
            encoded = tokenized["input_ids"]
            self.lengths.extend(map(len, encoded))
            blocks.append(torch.tensor(list(itertools.chain.from_iterable(encoded)), dtype=torch.int32))
            if self.pairs and takes_types:
                of_rows = (encoding.type_ids for encoding in tokenized.encodings)
                types.append(torch.tensor(list(itertools.chain.from_iterable(of_rows)), dtype=torch.int8))
        self.token_ids = torch.cat(blocks)
        self.type_ids = torch.cat(types) if types else None
        self.starts = [0, *itertools.accumulate(self.lengths)]
        self.targets = targets_of(sentences.labels, labels, sentences.several)
        self.pad_token_id: int = tokenizer.pad_token_id

    def __len__(self) -> int:
        return len(self.lengths)

    def texts(self) -> list[list[int]]:
        """Each row's token ids."""
        return self._rows(self.token_ids)

    def token_types(self) -> list[list[int]] | None:
        """The types of each row's tokens, None where all are 0."""
        return None if self.type_ids is None else self._rows(self.type_ids)

    def _rows(self, tokens: torch.Tensor) -> list[list[int]]:
        return [tokens[start:end].tolist() for start, end in itertools.pairwise(self.starts)]

    def inputs(self, rows: list[int], device: torch.device) -> dict[str, torch.Tensor]:
        """The model's inputs for these rows, each (rows x longest row's tokens)."""
        token_ids = [self.token_ids[self.starts[row] : self.starts[row + 1]].long() for row in rows]
        masks = [torch.ones_like(ids) for ids in token_ids]
        pad = torch.nn.utils.rnn.pad_sequence
        inputs = {
            "input_ids": pad(token_ids, batch_first=True, padding_value=self.pad_token_id).to(device),
            "attention_mask": pad(masks, batch_first=True, padding_value=0).to(device),
        }
        if self.type_ids is not None:
            types = [self.type_ids[self.starts[row] : self.starts[row + 1]].long() for row in rows]
            inputs["token_type_ids"] = pad(types, batch_first=True, padding_value=0).to(device)
        return inputs
