"""The model that training starts from, refused before anything is spent where it could not learn or not be served.

What transformers builds without a word, and nobody wants: a tokenizer of five tokens for a folder without its files, an
encoder of chance for weights of another shape of model, a classifier that is trained and then cannot be served.
"""

from typing import Any

import torch
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES,
)

from arguments import Arguments
from download import fetch_base_model
from engines import TOKEN_TYPES, takes_token_types
from errors import InputError
from split import Split

# How many of the model's tokens its tokenizer must have: some models have a few more than are in use.
TOKENS_IN_USE = 0.5
# How many of the tokens of the texts may be unknown ones: above, the model would read next to nothing; and how many
# are no reason to tell.
MOST_UNKNOWN, FEW_UNKNOWN = 0.5, 0.05


def load_base_model(args: Arguments, labels: list[str] | None) -> tuple[Any, Any]:
    """The base model with a new head for `labels`, in fp32, and its tokenizer, which cuts at `args.max_length`.

    Without `labels` it is a finished classifier, with its own head, which is asked for no longer texts than it takes.
    Raises InputError where it is none, is no encoder, is not whole, or takes no text of `args.max_length` tokens.
    """
    name = args.base_model
    new_head = labels and {
        "num_labels": len(labels),
        "id2label": dict(enumerate(labels)),
        "label2id": {label: number for number, label in enumerate(labels)},
        # A base model that was a classifier itself has a head of another size, which is replaced.
        "ignore_mismatched_sizes": True,
    }
    try:
        fetch_base_model(name)
        # Code of the model's own is not run, and nobody asked: there is nobody.
        config = AutoConfig.from_pretrained(name, trust_remote_code=False)
        refuse_other_than_encoders(name, config)
        tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=False)
        model, loading = AutoModelForSequenceClassification.from_pretrained(
            name, dtype=torch.float32, output_loading_info=True, trust_remote_code=False, **(new_head or {})
        )
    except InputError:
        raise
    except Exception as error:  # Of files that are no such files, nearly any kind.
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise InputError(
            f"base model {name!r} cannot be loaded: it is neither a folder with config.json, weights and "
            f"tokenizer nor a model that the hub gives from here ({reason})"
        ) from error
    refuse_other_weights(name, model, loading)
    if labels is None:
        refuse_unfinished(name, model, loading["missing_keys"])
    refuse_other_tokenizers(name, tokenizer, model.get_input_embeddings().num_embeddings)
    if tokenizer.pad_token is None:
        # Which token is all the same to most, as padding is masked; some count positions by it.
        padding = model.config.pad_token_id
        tokenizer.pad_token = tokenizer.unk_token if padding is None else tokenizer.convert_ids_to_tokens(padding)
    if takes_token_types(model) and TOKEN_TYPES not in tokenizer.model_input_names:
        # As a tokenizer of no class of its own says; saved, so that transformers reads the artifact's pairs likewise.
        names = [*tokenizer.model_input_names, TOKEN_TYPES]
        tokenizer.model_input_names = tokenizer.init_kwargs["model_input_names"] = names
    longest = min(tokenizer.model_max_length, positions(model) or args.max_length)
    if args.max_length > longest and labels is not None:
        raise InputError(f"--max_length is {args.max_length}; base model {name!r} takes at most {longest}")
    # Saved with the tokenizer, so that serving truncates where training did.
    tokenizer.model_max_length = min(args.max_length, longest)
    return model, tokenizer


def refuse_other_than_encoders(name: str, config: Any) -> None:
    """Raises InputError for what writes text, or reads something else: what is trained to fill gaps reads text."""
    is_encoder = {*MODEL_FOR_MASKED_LM_MAPPING_NAMES} & {*MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES}
    if config.model_type in is_encoder and not config.is_encoder_decoder and not getattr(config, "is_decoder", False):
        return
    raise InputError(
        f"base model {name!r} is no encoder of texts: its model_type is {config.model_type!r}; choose one as BERT, "
        "RoBERTa, DeBERTa or ModernBERT are"
    )


def refuse_other_weights(name: str, model: Any, loading: dict[str, Any]) -> None:
    """Raises InputError where some of the encoder had to be made of chance; a head is, and many lack a pooler."""
    encoder = {
        key for key, _ in model.base_model.named_parameters(prefix=model.base_model_prefix) if ".pooler." not in key
    }
    absent = encoder & {*loading["missing_keys"], *(key for key, *_ in loading["mismatched_keys"])}
    if absent:
        raise InputError(
            f"base model {name!r} has weights that are not those of its config.json: {len(absent)} of {len(encoder)} "
            f"are missing or of another shape, such as {min(absent)}; take both from the same model"
        )


def refuse_unfinished(name: str, model: Any, missing: list[str]) -> None:
    """Raises InputError for what is no finished classifier of two labels or more."""
    if missing or model.config.num_labels < 2:
        lacking = f"no {min(missing)}" if missing else "one label alone"
        raise InputError(
            f"base model {name!r} is no finished classifier, as --epochs 0 exports them: it has {lacking}; train "
            "it for an epoch or more"
        )


def refuse_other_tokenizers(name: str, tokenizer: Any, known: int) -> None:
    """Raises InputError for a tokenizer that is not the model's, which has `known` tokens, or not a fast one."""
    files = "tokenizer.json, or vocab.txt, spm.model or what else its makers publish"
    if not tokenizer.is_fast:
        raise InputError(
            f"base model {name!r} has a tokenizer that the serving containers do not have: {type(tokenizer).__name__} "
            "has no fast form, which is a tokenizer.json; choose a model that has one"
        )
    if not known * TOKENS_IN_USE <= len(tokenizer) <= known:
        raise InputError(
            f"base model {name!r} has a tokenizer of {len(tokenizer)} tokens, where the model knows {known}: the "
            f"tokenizer's files are missing or another model's; put the model's own beside config.json ({files})"
        )


def unknown_texts(name: str, tokenizer: Any, split: Split) -> list[str]:
    """A warning where some tokens of the split's texts, but for those put around them, are unknown ones.

    Raises InputError where most are.
    """
    words = len(split.token_ids) - len(split.added) * tokenizer.num_special_tokens_to_add(pair=split.pairs)
    unknown = 0 if tokenizer.unk_token is None else int((split.token_ids == tokenizer.unk_token_id).sum())
    if unknown <= words * FEW_UNKNOWN:
        return []
    told = (
        f"the language of these texts: its tokenizer reads {unknown / words:.0%} of them as {tokenizer.unk_token}; "
        "choose a base model of their language, or one of many such as xlm-roberta-base"
    )
    if unknown > words * MOST_UNKNOWN:
        raise InputError(f"base model {name!r} does not know {told}")
    return [f"the base model knows in part alone {told}"]


def positions(model: Any) -> int | None:
    """The most tokens of a text, None where any number goes."""
    most: int | None = getattr(model.config, "max_position_embeddings", None)
    for key, module in model.named_modules():
        if key.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            # RoBERTa and its like count positions from behind the padding's id on.
            return int(module.num_embeddings) - int(module.padding_idx) - 1
    return most
