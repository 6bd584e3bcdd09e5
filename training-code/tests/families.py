"""Tiny models of chance of every family of encoders, each with a tokenizer of its kind that is trained here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    AlbertConfig,
    BertConfig,
    BigBirdConfig,
    DebertaV2Config,
    DistilBertConfig,
    ElectraConfig,
    ModernBertConfig,
    MPNetConfig,
    PreTrainedConfig,
    PreTrainedTokenizerFast,
    RobertaConfig,
    XLMRobertaConfig,
)

from conftest import FILLERS, NOUNS, VERBS

WORDS = ["the", *NOUNS, *VERBS["acceptable"], *VERBS["unacceptable"], *FILLERS]
# More letters than words, so that a word of one's own is in pieces and not unknown.
CORPUS = [" ".join(WORDS), *WORDS, *"abcdefghijklmnopqrstuvwxyz0123456789.,?!"]
VOCABULARY = 120
# The special tokens of either kind: the beginning, padding, the end, unknown, masked.
BRACKETS = ("[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]")
ANGLES = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")


def word_pieces(special: tuple[str, ...]) -> Tokenizer:
    """BERT's."""
    tokenizer = Tokenizer(models.WordPiece(unk_token=special[3]))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(
        CORPUS, trainers.WordPieceTrainer(vocab_size=VOCABULARY, special_tokens=list(special), show_progress=False)
    )
    return _between(tokenizer, special, types=special == BRACKETS)


def byte_pairs(special: tuple[str, ...]) -> Tokenizer:
    """RoBERTa's, which knows every text by its bytes."""
    tokenizer = Tokenizer(models.BPE(unk_token=special[3]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=300 + VOCABULARY,
        special_tokens=list(special),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return _between(tokenizer, special, types=False)


def sentence_pieces(special: tuple[str, ...]) -> Tokenizer:
    """SentencePiece's unigrams, which XLM-R, ALBERT and DeBERTa-v3 read by."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=VOCABULARY, special_tokens=list(special), unk_token=special[3], show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return _between(tokenizer, special, types=special == BRACKETS)


def _between(tokenizer: Tokenizer, special: tuple[str, ...], *, types: bool) -> Tokenizer:
    """Puts the model's own tokens around a text and between two; of `types` the second is of type 1."""
    first, _, end, *_ = special
    between = f"{end}:0" if special == BRACKETS else f"{end}:0 {end}:0"
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {end}",
        pair=f"{first}:0 $A:0 {between} $B:{int(types)} {end}:{int(types)}",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in (first, end)],
    )
    return tokenizer


SHAPE: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "pad_token_id": 1,
    "max_position_embeddings": 512,
}
# As the published ones have it: positions are counted from behind the padding's id on.
OFFSET = {**SHAPE, "max_position_embeddings": 514}
DISTILBERT = {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64, "pad_token_id": 1}
DEBERTA_V3 = {
    **SHAPE,
    "relative_attention": True,
    "position_buckets": 256,
    "norm_rel_ebd": "layer_norm",
    "share_att_key": True,
    "pos_att_type": ["p2c", "c2p"],
    "position_biased_input": False,
    "type_vocab_size": 0,
    "max_relative_positions": -1,
}
# Three layers of four attend to the neighborhood alone.
MODERNBERT = {
    **SHAPE,
    "num_hidden_layers": 4,
    "global_attn_every_n_layers": 3,
    "local_attention": 32,
    "max_position_embeddings": 1024,
    "bos_token_id": 0,
    "eos_token_id": 2,
    "cls_token_id": 0,
    "sep_token_id": 2,
}

# The config's class and fields, and the tokenizer with its special tokens.
Family = tuple[Callable[..., PreTrainedConfig], dict[str, Any], Callable[..., Tokenizer], tuple[str, ...]]
FAMILIES: dict[str, Family] = {
    "bert": (BertConfig, SHAPE, word_pieces, BRACKETS),
    "minilm": (BertConfig, {**SHAPE, "intermediate_size": 128}, word_pieces, BRACKETS),
    "distilbert": (DistilBertConfig, DISTILBERT, word_pieces, BRACKETS),
    "electra": (ElectraConfig, {**SHAPE, "embedding_size": 16}, word_pieces, BRACKETS),
    "albert": (AlbertConfig, {**SHAPE, "embedding_size": 16}, sentence_pieces, BRACKETS),
    "roberta": (RobertaConfig, {**OFFSET, "type_vocab_size": 1}, byte_pairs, ANGLES),
    "xlm-roberta": (XLMRobertaConfig, {**OFFSET, "type_vocab_size": 1}, sentence_pieces, ANGLES),
    "mpnet": (MPNetConfig, OFFSET, word_pieces, ANGLES),
    "deberta-v3": (DebertaV2Config, DEBERTA_V3, sentence_pieces, BRACKETS),
    "modernbert": (ModernBertConfig, MODERNBERT, byte_pairs, BRACKETS),
    "big-bird": (BigBirdConfig, SHAPE, sentence_pieces, BRACKETS),
}


def make_family(name: str, folder: Path) -> Path:
    """A base model of the family, in the files that its makers publish."""
    config_class, shape, make_tokenizer, special = FAMILIES[name]
    backend = make_tokenizer(special)
    first, padding, end, unknown, mask = special
    positions: int = shape.get("max_position_embeddings", 512)
    torch.manual_seed(1)
    model = transformers.AutoModel.from_config(config_class(**shape, vocab_size=backend.get_vocab_size()))
    for parameter in model.parameters():
        if parameter.ndim >= 2:
            # Of the chance that they are made of, all texts would look alike.
            torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=backend,
        cls_token=first,
        pad_token=padding,
        sep_token=end,
        unk_token=unknown,
        mask_token=mask,
        model_max_length={514: 512}.get(positions, positions),
    ).save_pretrained(folder)
    return folder
