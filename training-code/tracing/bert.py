"""BERT with a classification head, for inference only, in plain torch of any version since 1.3.1.

Modules and parameters have Hugging Face's names, so that BertForSequenceClassification's weights load as they are.
There is no control flow over tensors and no size but in tensors' own shapes, so a trace holds for any batch size.
Shapes: B rows, T tokens, C hidden size.
"""

import math
from typing import Any, Callable, Dict

import torch
from torch import Tensor, nn


class ModelError(ValueError):
    """config.json describes a model that is not this one; the message says in what."""


def gelu_tanh(x: Tensor) -> Tensor:
    """GELU by tanh; torch 1.3.1's own has no such variant."""
    return 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0))))


ACTIVATIONS: Dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": nn.functional.gelu,
    "gelu_new": gelu_tanh,
    "gelu_pytorch_tanh": gelu_tanh,
    "relu": torch.relu,
}


class Embeddings(nn.Module):
    """Token ids (B, T) to the sum of word, position and segment (always the first), normalized (B, T, C)."""

    def __init__(self, config: Dict[str, Any]) -> None:
        super().__init__()
        size = config["hidden_size"]
        self.word_embeddings = nn.Embedding(config["vocab_size"], size)
        self.position_embeddings = nn.Embedding(config["max_position_embeddings"], size)
        self.token_type_embeddings = nn.Embedding(config["type_vocab_size"], size)
        self.LayerNorm = nn.LayerNorm(size, eps=config["layer_norm_eps"])

    def forward(self, input_ids: Tensor) -> Tensor:
        """See the class."""
        positions = self.position_embeddings(torch.arange(input_ids.size(1), device=input_ids.device))
        embedded: Tensor = self.LayerNorm(
            self.word_embeddings(input_ids) + positions + self.token_type_embeddings.weight[0]
        )
        return embedded


class SelfAttention(nn.Module):
    """Each token looks at all tokens that `bias` (B, 1, 1, T) does not forbid."""

    def __init__(self, config: Dict[str, Any]) -> None:
        super().__init__()
        size = config["hidden_size"]
        self.heads = config["num_attention_heads"]
        self.head_size = size // self.heads
        self.query = nn.Linear(size, size)
        self.key = nn.Linear(size, size)
        self.value = nn.Linear(size, size)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """See the class."""

        def by_head(projected: Tensor) -> Tensor:
            return projected.view(x.size(0), x.size(1), self.heads, self.head_size).transpose(1, 2)

        query, key, value = by_head(self.query(x)), by_head(self.key(x)), by_head(self.value(x))
        scores = query.matmul(key.transpose(2, 3)) / math.sqrt(self.head_size) + bias
        mixed = scores.softmax(dim=-1).matmul(value)
        return mixed.transpose(1, 2).contiguous().view(x.size(0), x.size(1), self.heads * self.head_size)


class Residual(nn.Module):
    """Projects what a sublayer worked out, adds it to the sublayer's input, and normalizes."""

    def __init__(self, config: Dict[str, Any], input_size: int) -> None:
        super().__init__()
        self.dense = nn.Linear(input_size, config["hidden_size"])
        self.LayerNorm = nn.LayerNorm(config["hidden_size"], eps=config["layer_norm_eps"])

    def forward(self, worked_out: Tensor, x: Tensor) -> Tensor:
        """See the class."""
        output: Tensor = self.LayerNorm(self.dense(worked_out) + x)
        return output


class Attention(nn.Module):
    """The first sublayer of a layer."""

    def __init__(self, config: Dict[str, Any]) -> None:
        super().__init__()
        self.self = SelfAttention(config)
        self.output = Residual(config, config["hidden_size"])

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """(B, T, C) to (B, T, C)."""
        output: Tensor = self.output(self.self(x, bias), x)
        return output


class Dense(nn.Module):
    """A projection and its activation."""

    def __init__(self, input_size: int, output_size: int, activation: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.dense = nn.Linear(input_size, output_size)
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return self.activation(self.dense(x))


class Layer(nn.Module):
    """Attention among tokens, then the same small network for each."""

    def __init__(self, config: Dict[str, Any]) -> None:
        super().__init__()
        self.attention = Attention(config)
        self.intermediate = Dense(config["hidden_size"], config["intermediate_size"], ACTIVATIONS[config["hidden_act"]])
        self.output = Residual(config, config["intermediate_size"])

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """(B, T, C) to (B, T, C)."""
        x = self.attention(x, bias)
        output: Tensor = self.output(self.intermediate(x), x)
        return output


class Encoder(nn.Module):
    """All layers, one after another."""

    def __init__(self, config: Dict[str, Any]) -> None:
        super().__init__()
        self.layer = nn.ModuleList([Layer(config) for _ in range(config["num_hidden_layers"])])

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """(B, T, C) to (B, T, C)."""
        for layer in self.layer:
            x = layer(x, bias)
        return x


class Bert(nn.Module):
    """The model below the head: what it makes of the first token, [CLS], stands for the text."""

    def __init__(self, config: Dict[str, Any]) -> None:
        super().__init__()
        self.embeddings = Embeddings(config)
        self.encoder = Encoder(config)
        self.pooler = Dense(config["hidden_size"], config["hidden_size"], torch.tanh)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """(B, T) each to (B, C)."""
        # Subtracted from a score, 10000 leaves nothing of it after the softmax, in fp32.
        bias = (attention_mask.to(torch.float32) - 1.0).unsqueeze(1).unsqueeze(1) * 10000.0
        pooled: Tensor = self.pooler(self.encoder(self.embeddings(input_ids), bias)[:, 0])
        return pooled


class BertForSequenceClassification(nn.Module):
    """BERT with a linear head on [CLS], as Hugging Face's config.json describes it."""

    def __init__(self, config: Dict[str, Any]) -> None:
        """Builds the model without weights. Raises ModelError for a `config` of another architecture."""
        super().__init__()
        if config.get("model_type") != "bert":
            raise ModelError(f"the model's type is {config.get('model_type')!r}; only 'bert' can be traced")
        if config["hidden_act"] not in ACTIVATIONS:
            raise ModelError(
                f"the model's activation is {config['hidden_act']!r}; only {', '.join(ACTIVATIONS)} can be traced"
            )
        # Configurations of before 2026 may name another scheme, which needs weights that this model does not have.
        position = config.get("position_embedding_type", "absolute")
        if position != "absolute":
            raise ModelError(f"the model's position embeddings are {position!r}; only 'absolute' can be traced")
        self.bert = Bert(config)
        self.classifier = nn.Linear(config["hidden_size"], len(config["id2label"]))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Token ids and mask, int64 (B, T), to logits (B, labels)."""
        logits: Tensor = self.classifier(self.bert(input_ids, attention_mask))
        return logits
