"""Writes a randomly initialised BERT of 2 layers into the folder given, with a vocabulary for the test's sentences."""

import sys
from pathlib import Path

import torch
from transformers import BertConfig, BertModel, BertTokenizerFast

WORDS = "the cat dog bird child sleeps sings waits sleep sing wait today here again outside soon .".split()

folder = Path(sys.argv[1])
folder.mkdir(parents=True)
torch.manual_seed(1)
vocabulary = folder / "vocab.txt"
vocabulary.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]))
config = BertConfig(
    vocab_size=5 + len(WORDS), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
)
BertModel(config).save_pretrained(folder)
BertTokenizerFast(vocab=str(vocabulary)).save_pretrained(folder)
