from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch.nn.functional import cross_entropy
from transformers import AutoModelForSequenceClassification, BertConfig, DistilBertConfig, ElectraConfig, RobertaConfig

from conftest import arguments, train_alone
from optimization import parameter_groups, warm_up_then_decay
from trimming import cls_token_only, trimmed_vocabulary

SHAPE = {"vocab_size": 50, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
NO_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
CONFIGS = {
    "bert": BertConfig(**SHAPE, **NO_DROPOUT),
    "roberta": RobertaConfig(**SHAPE, **NO_DROPOUT),
    "electra": ElectraConfig(**SHAPE, **NO_DROPOUT, embedding_size=16),
    # One whose last layer is computed whole.
    "distilbert": DistilBertConfig(
        vocab_size=50, dim=32, n_layers=2, n_heads=2, dropout=0.0, attention_dropout=0.0, seq_classif_dropout=0.0
    ),
}
STEPS = 6
LEARNING_RATE = 1e-2
WEIGHT_DECAY = 0.3
FACTOR = warm_up_then_decay(STEPS, 0.2)
USED = range(10, 30)


@pytest.fixture(params=CONFIGS)
def config(request: pytest.FixtureRequest) -> Any:
    return CONFIGS[request.param]


def new_model(config: Any) -> Any:
    torch.manual_seed(1)
    return AutoModelForSequenceClassification.from_config(config, attn_implementation="eager")


def batches(config: Any) -> list[dict[str, torch.Tensor]]:
    """For each step three texts of 8, 6 and 4 used tokens."""
    chance = torch.Generator().manual_seed(2)
    mask = (torch.arange(8) < torch.tensor([[8], [6], [4]])).long()
    ids = torch.randint(USED.start, USED.stop, (STEPS, 3, 8), generator=chance).where(mask == 1, config.pad_token_id)
    return [{"input_ids": each, "attention_mask": mask} for each in ids]


def loss(model: Any, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    return cross_entropy(model(**batch).logits, torch.tensor([0, 1, 1]))


def take_steps(model: Any) -> None:
    """As take_step does: AdamW under the schedule, the gradients' norm clipped."""
    optimizer = torch.optim.AdamW(parameter_groups(model, WEIGHT_DECAY), lr=LEARNING_RATE, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, FACTOR)
    for batch in batches(model.config):
        torch.autograd.backward(loss(model, batch))
        torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=0.5)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()


def test_training_the_trimmed_vocabulary_gives_the_same_weights(config: Any) -> None:
    expected = new_model(config)
    take_steps(expected)

    model = new_model(config)
    before = model.get_input_embeddings().weight.detach().clone()
    with trimmed_vocabulary(model, torch.cat([batch["input_ids"].flatten() for batch in batches(config)])):
        assert len(model.get_input_embeddings().weight) == len(USED) + 1
        take_steps(model)

    # Rows that are not used do not even decay; the model takes every token again.
    embeddings = expected.get_input_embeddings().weight
    unused = [row for row in range(50) if row not in USED and row != config.pad_token_id]
    assert not torch.equal(embeddings[unused], before[unused])
    with torch.no_grad():
        embeddings[unused] = before[unused]
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(tensor, expected.state_dict()[name], atol=1e-6, rtol=1e-5, msg=name)
    everything = {"input_ids": torch.arange(50).view(1, -1)}
    torch.testing.assert_close(model(**everything).logits, expected(**everything).logits, atol=1e-5, rtol=1e-4)


def test_a_token_that_does_not_occur_in_the_data_is_an_error_and_no_other_token() -> None:
    model = new_model(CONFIGS["bert"])
    with trimmed_vocabulary(model, torch.tensor([10, 12])), pytest.raises(IndexError):
        model(input_ids=torch.tensor([[10, 11, 12]]))


def test_the_last_layer_computes_the_cls_token_only_and_answers_the_same(config: Any) -> None:
    batch = batches(config)[0]
    expected, model = new_model(config), new_model(config)
    whole = loss(expected, batch)
    torch.autograd.backward(whole)

    computed = []
    layers = [module for name, module in model.named_modules() if name.endswith(("intermediate.dense", "ffn.lin1"))]
    for layer in layers:
        layer.register_forward_hook(lambda _, inputs, __: computed.append(inputs[0].shape[1]))
    with cls_token_only(model):
        reduced = loss(model, batch)
    assert computed == ([8, 8] if config.model_type == "distilbert" else [8, 1])
    torch.testing.assert_close(reduced, whole)
    torch.autograd.backward(reduced)
    for (name, one), other in zip(model.named_parameters(), expected.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, atol=1e-6, rtol=1e-4, msg=name)

    computed.clear()
    model(**batch)
    assert computed == [8, 8]


def test_a_trained_artifact_has_the_whole_vocabulary(data: Path, base_model: Path, tmp_path: Path) -> None:
    train_alone(arguments(data, base_model, tmp_path, epochs=1, weight_decay=0.5))
    name = "bert.embeddings.word_embeddings.weight"
    trained = load_file(tmp_path / "model.safetensors")[name]
    before = load_file(base_model / "model.safetensors")[name.removeprefix("bert.")]
    # [UNK] and [MASK] occur nowhere in the data.
    unused = [1, 4]
    torch.testing.assert_close(trained[unused], before[unused])
    assert not torch.allclose(trained[5:], before[5:])
