"""Turns a trained artifact into one for Elastic Inference: the model as TorchScript, and the handlers for its images.

A SageMaker training job on AWS's image of PyTorch 1.3.1, as an accelerator loads a trace of no newer one; also by hand:

    python trace.py --model FOLDER --model_dir traced --sequence_length 64

FOLDER holds the artifact as model.tar.gz. Keep to Python 3.6, torch 1.3.1 and numpy: the image has nothing else, and no
network. The trace takes (input_ids, attention_mask), int64 (rows x sequence_length), any number of rows, to logits.
"""

import argparse
import gzip
import json
import os
import posixpath
import shutil
import sys
import tarfile
import zlib
from pathlib import Path
from typing import Any, Dict, List, NoReturn

import torch

from bert import BertForSequenceClassification, ModelError
from weights import WeightsError, read_safetensors
from wordpiece import Tokenizer, TokenizerError

NEEDED = (
    "config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors", "metrics.json", "reference.json",
    "code/contract.py",
)  # fmt: skip
TOLERANCE = 1e-4
# Of the archive, in bytes.
CHUNK = 1_000_000
# Of which torch has types for a part only.
jit: Any = torch.jit


class InputError(ValueError):
    """A bad artifact or argument; the message is one sentence that says what, where and how to mend it."""


class ArgumentParser(argparse.ArgumentParser):
    """argparse, but its errors end like all others: in one sentence."""

    def error(self, message: str) -> NoReturn:
        """Overrides argparse's, which prints the usage and exits with 2."""
        raise InputError(message)


def main() -> None:
    """Traces the artifact; what the caller can mend ends in one sentence on stderr and exit code 1."""
    try:
        args = parse_arguments(sys.argv[1:])
        trace(Path(args.model), Path(args.model_dir), args.sequence_length)
    except (InputError, ModelError, TokenizerError, WeightsError) as error:
        # SageMaker's toolkit reports stderr from the first line on that names one of Python's own exceptions.
        print(f"ValueError: {error}", file=sys.stderr, flush=True)
        sys.exit(1)


def parse_arguments(words: List[str]) -> argparse.Namespace:
    """Reads `--name value` pairs; raises InputError for what is unknown, missing or not possible."""
    # An abbreviated or mistyped hyperparameter must be an error, never silently another or no argument.
    parser = ArgumentParser(description="Traces a trained artifact for Elastic Inference.", allow_abbrev=False)
    parser.add_argument("--sequence_length", type=int, required=True, help="tokens per text; what is longer is cut")
    parser.add_argument("--model", default=os.environ.get("SM_CHANNEL_MODEL"), help="folder with model.tar.gz")
    parser.add_argument("--model_dir", default=os.environ.get("SM_MODEL_DIR", "model"), help="folder for the artifact")
    args = parser.parse_args(words)
    if not args.model:
        raise InputError("no folder with the artifact: pass --model or set SM_CHANNEL_MODEL")
    if args.sequence_length < 3:
        raise InputError(
            f"--sequence_length is {args.sequence_length}; it must be 3 or more, two tokens being the model's own"
        )
    return args


def trace(channel: Path, folder: Path, sequence_length: int) -> None:
    """Writes the artifact in `channel`, traced and checked, to `folder`.

    Raises InputError, ModelError, TokenizerError or WeightsError.
    """
    files = read_archive(channel)
    config = json.loads(files["config.json"].decode("utf-8"))
    # transformers leaves out what is its default.
    config.setdefault("id2label", {"0": "LABEL_0", "1": "LABEL_1"})
    if config.get("text_pair"):
        raise InputError("the model classifies pairs of texts; only one of single texts can be traced")
    if config.get("overflow") == "window":
        raise InputError("the model reads long texts in windows; only one that cuts or refuses them can be traced")
    if b"def too_long" not in files["code/contract.py"]:
        raise InputError(
            "the archive's code is older than this version; train the model again, or serve it without an accelerator"
        )
    model = BertForSequenceClassification(config)
    positions = config["max_position_embeddings"]
    if sequence_length > positions:
        raise InputError(f"--sequence_length is {sequence_length}; the model takes at most {positions}")
    tokenizer = tokenizer_of_fixed_length(files, sequence_length)
    load_weights(model, files["model.safetensors"])
    model.eval()

    reference = fitting_reference(files["reference.json"], sequence_length)
    input_ids, attention_mask, _ = Tokenizer(tokenizer)(reference["texts"])
    inputs = tuple(torch.tensor(rows, dtype=torch.int64) for rows in (input_ids, attention_mask))
    with torch.no_grad():
        traced = jit.trace(model, inputs)
        # One row alone as well: the number of rows must not have become part of the trace.
        logits = torch.cat([traced(*inputs), traced(*(tensor[:1] for tensor in inputs))])
    scores = torch.tensor(reference["scores"]["fp32"])
    logits = logits / config.get("score_temperature", 1.0)
    several = config.get("problem_type") == "multi_label_classification"
    answered = logits.sigmoid() if several else logits.softmax(dim=1)
    difference = float((answered - torch.cat([scores, scores[:1]])).abs().max())
    if not difference <= TOLERANCE:
        raise InputError(
            f"the traced model's scores differ from the trained model's by {difference:.1e}, more than {TOLERANCE}; "
            "reference.json and model.safetensors in the archive are not of one model, or torch "
            f"{torch.__version__} computes otherwise"
        )
    print(f"traced by torch {torch.__version__}: {len(scores)} texts agree to {difference:.1e}", flush=True)

    code = folder / "code"
    code.mkdir(parents=True, exist_ok=True)
    traced.save(str(folder / "model.pt"))
    for name, description in (
        ("config.json", config),
        ("tokenizer.json", tokenizer),
        ("reference.json", reference),
    ):
        (folder / name).write_text(json.dumps(description, ensure_ascii=False), encoding="utf-8")
    for name in ("metrics.json", "code/contract.py"):
        (folder / name).write_bytes(files[name])
    here = Path(__file__).parent
    shutil.copy(str(here / "traced_inference.py"), str(code / "inference.py"))
    shutil.copy(str(here / "wordpiece.py"), str(code))


def read_archive(channel: Path) -> Dict[str, bytes]:
    """The needed files of the one archive in `channel`, by name. Nothing is unpacked to disk."""
    archives = sorted(channel.glob("*.tar.gz"))
    if len(archives) != 1:
        raise InputError(f"{channel} has {len(archives)} archives; it must hold one, model.tar.gz")
    files = {}
    try:
        with gzip.open(str(archives[0])) as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
            for member in archive:
                name = posixpath.normpath(member.name)
                content = archive.extractfile(member) if name in NEEDED and member.isfile() else None
                if content:
                    files[name] = content.read()
            # A broken member can look like the end of the archive; the checksum at the real end tells.
            while stream.read(CHUNK):
                pass
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise InputError(f"{archives[0].name} is no whole .tar.gz archive ({error}); store the model again") from error
    missing = [name for name in NEEDED if name not in files]
    if missing:
        raise InputError(f"{archives[0].name} has no file {missing[0]}, which training writes; train the model again")
    return files


def tokenizer_of_fixed_length(files: Dict[str, bytes], sequence_length: int) -> Dict[str, Any]:
    """The artifact's tokenizer.json, whose own fields now say to cut as in training and to pad to `sequence_length`."""
    description: Dict[str, Any] = json.loads(files["tokenizer.json"].decode("utf-8"))
    choices = json.loads(files["tokenizer_config.json"].decode("utf-8"))
    if choices.get("truncation_side", "right") != "right":
        raise InputError("the tokenizer cuts texts on the left; only one that cuts on the right can be traced")
    description["truncation"] = {
        "direction": "Right",
        "max_length": min(choices["model_max_length"], sequence_length),
        "strategy": "LongestFirst",
        "stride": 0,
    }
    pad_token = choices["pad_token"]
    special_ids = {token["content"]: token["id"] for token in description["added_tokens"]}
    description["padding"] = {
        "strategy": {"Fixed": sequence_length},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": special_ids[pad_token],
        "pad_type_id": 0,
        "pad_token": pad_token,
    }
    Tokenizer(description)
    return description


def load_weights(model: torch.nn.Module, content: bytes) -> None:
    """Loads all of the file's weights, which must be the model's, all of them, and no more."""
    # transformers 5 saves a fine-tuned BERT under the names of 2018's TensorFlow checkpoints, in this one respect.
    renamed = {
        name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias"): weight
        for name, weight in read_safetensors(content).items()
    }
    try:
        model.load_state_dict(renamed)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"model.safetensors does not fit config.json ({reason}); train the model again") from error


def fitting_reference(content: bytes, sequence_length: int) -> Dict[str, Any]:
    """reference.json, but for the texts that `sequence_length` would cut, and with the scores of fp32 alone."""
    whole = json.loads(content.decode("utf-8"))
    fitting = [text for text, length in enumerate(whole["tokens"]) if length <= sequence_length]
    if not fitting:
        shortest = min(whole["tokens"])
        raise InputError(f"--sequence_length is {sequence_length}; no text of reference.json has fewer than {shortest}")
    return {
        "texts": [whole["texts"][text] for text in fitting],
        "tokens": [whole["tokens"][text] for text in fitting],
        "labels": whole["labels"],
        "scores": {"fp32": [whole["scores"]["fp32"][text] for text in fitting]},
    }


if __name__ == "__main__":
    main()
