"""One split of the data as the model reads it."""

import itertools

import torch

from contract import Text
from metrics import targets_of
from reading import Reader
from sentences import Sentences

# What the tokenizer answers takes a hundred times the memory of the ids, so it answers for a few rows at a time.
BLOCK_ROWS = 10_000


class Split:
    """One split as token ids, in windows of unequal length: of a row one, or with `in_windows` as many as it needs.

    All windows lie in one tensor, one after the other: a million small ones would need ten times the memory. So do, for
    a model that `takes_types`, the types of the tokens of pairs.
    """

    def __init__(
        self,
        sentences: Sentences,
        labels: list[str],
        reader: Reader,
        *,
        in_windows: bool = False,
        takes_types: bool = False,
    ) -> None:
        blocks, types = [], []
        self.pairs = sentences.pairs
        # Tokens of each row, in all its windows.
        self.lengths: list[int] = []
        self.max_length = reader.max_length
        self.pad_token_id = reader.pad_token_id
        # Rows with more than `max_length` tokens, and the first of them with its tokens.
        self.longer = 0
        self.first_longer: tuple[Text, int] | None = None
        windows: list[int] = []
        added: list[int] = []
        counts: list[int] = []
        for start in range(0, len(sentences.texts), BLOCK_ROWS):
            block = sentences.texts[start : start + BLOCK_ROWS]
            encodings = reader.tokenizer.encode_batch_fast(block)
            readings = [reader.read(encoding, in_windows=in_windows) for encoding in encodings]
            for text, reading in zip(block, readings, strict=True):
                if reading.length > self.max_length:
                    self.longer += 1
                    self.first_longer = self.first_longer or (text, reading.length)
                self.lengths.append(sum(map(len, reading.token_ids)))
                windows.extend(map(len, reading.token_ids))
                added.extend(reading.added)
                counts.append(len(reading.added))
            token_ids = itertools.chain.from_iterable(ids for reading in readings for ids in reading.token_ids)
            blocks.append(torch.tensor(list(token_ids), dtype=torch.int32))
            if self.pairs and takes_types:
                of_rows = itertools.chain.from_iterable(ids for reading in readings for ids in reading.token_types)
                types.append(torch.tensor(list(of_rows), dtype=torch.int8))
        self.token_ids = torch.cat(blocks)
        self.type_ids = torch.cat(types) if types else None
        # Where each window's tokens begin, and which is each row's first window.
        self.starts = [0, *itertools.accumulate(windows)]
        self.first_windows = [0, *itertools.accumulate(counts)]
        self.added = torch.tensor(added)
        self.targets = targets_of(sentences.labels, labels, sentences.several)

    def __len__(self) -> int:
        return len(self.lengths)

    def texts(self) -> list[list[int]]:
        """Each window's token ids."""
        return self._windows(self.token_ids)

    def token_types(self) -> list[list[int]] | None:
        """The types of each window's tokens, None where all are 0."""
        return None if self.type_ids is None else self._windows(self.type_ids)

    def _windows(self, tokens: torch.Tensor) -> list[list[int]]:
        return [tokens[start:end].tolist() for start, end in itertools.pairwise(self.starts)]

    def _windows_of(self, rows: list[int]) -> list[int]:
        return [window for row in rows for window in range(self.first_windows[row], self.first_windows[row + 1])]

    def inputs(self, rows: list[int], device: torch.device) -> dict[str, torch.Tensor]:
        """The model's inputs for the windows of these rows, each (windows x longest window's tokens)."""
        places = [slice(self.starts[window], self.starts[window + 1]) for window in self._windows_of(rows)]
        token_ids = [self.token_ids[place].long() for place in places]
        masks = [torch.ones_like(ids) for ids in token_ids]
        pad = torch.nn.utils.rnn.pad_sequence
        inputs = {
            "input_ids": pad(token_ids, batch_first=True, padding_value=self.pad_token_id).to(device),
            "attention_mask": pad(masks, batch_first=True, padding_value=0).to(device),
        }
        if self.type_ids is not None:
            types = [self.type_ids[place].long() for place in places]
            inputs["token_type_ids"] = pad(types, batch_first=True, padding_value=0).to(device)
        return inputs

    def averaged(self, rows: list[int], logits: torch.Tensor) -> torch.Tensor:
        """Logits (rows x labels) from those of the rows' windows: the mean by the tokens that each adds, as served."""
        if len(logits) == len(rows):
            return logits
        counts = torch.tensor([self.first_windows[row + 1] - self.first_windows[row] for row in rows])
        row_of = torch.arange(len(rows)).repeat_interleave(counts).to(logits.device)
        added = self.added[self._windows_of(rows)].to(logits)[:, None]
        totals = added.new_zeros(len(rows), 1).index_add(0, row_of, added)
        return logits.new_zeros(len(rows), logits.shape[1]).index_add(0, row_of, logits * added) / totals
