"""Writes a randomly initialised BERT of 2 layers into the folder given, which knows the tests' words, and spells others.

With labels after the folder, a classifier of these.
"""

import string
import sys
from pathlib import Path

import torch
from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizerFast

WORDS = "the cat dog bird child sleeps sings waits sleep sing wait today here again outside soon".split()
LETTERS = string.ascii_lowercase + string.digits
TOKENS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    *WORDS,
    *LETTERS,
    *(f"##{each}" for each in LETTERS),
    *string.punctuation,
]

folder = Path(sys.argv[1])
labels = dict(enumerate(sys.argv[2:]))
folder.mkdir(parents=True)
torch.manual_seed(1)
vocabulary = folder / "vocab.txt"
vocabulary.write_text("\n".join(TOKENS))
config = BertConfig(
    vocab_size=len(TOKENS), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
)
if labels:
    config.id2label, config.label2id = labels, {label: number for number, label in labels.items()}
(BertForSequenceClassification if labels else BertModel)(config).save_pretrained(folder)
BertTokenizerFast(vocab=str(vocabulary)).save_pretrained(folder)
