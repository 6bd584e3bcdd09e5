import hashlib
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from sentencepiece import SentencePieceTrainer
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertModel,
    GPT2Config,
    GPT2LMHeadModel,
    T5Config,
    T5ForConditionalGeneration,
    ViTConfig,
    ViTModel,
)

from base_model import load_base_model, positions
from conftest import arguments, train_alone, write_csv
from errors import InputError
from families import CORPUS, make_family

LABELS = ["x", "y"]
SMALL = {"num_hidden_layers": 1, "num_attention_heads": 2, "hidden_size": 32}


def loaded(folder: Path, **changes: object) -> tuple[Any, Any]:
    return load_base_model(arguments(folder, folder, folder / "model", **changes), LABELS)


@pytest.mark.parametrize(
    ("model", "model_type"),
    [
        (lambda: GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=32, vocab_size=50)), "gpt2"),
        (lambda: T5ForConditionalGeneration(T5Config(num_layers=1, d_model=32, d_ff=32, vocab_size=50)), "t5"),
        (lambda: ViTModel(ViTConfig(**SMALL, intermediate_size=32)), "vit"),
        (lambda: BertModel(BertConfig(**SMALL, intermediate_size=32, vocab_size=50, is_decoder=True)), "bert"),
    ],
)
def test_what_writes_text_or_reads_none_is_refused(
    data: Path, tmp_path: Path, model: Callable[[], Any], model_type: str
) -> None:
    model().save_pretrained(tmp_path / "base")
    with pytest.raises(InputError, match=rf"is no encoder of texts: its model_type is '{model_type}'; choose one"):
        train_alone(arguments(data, tmp_path / "base", tmp_path / "model"))


def test_a_folder_without_its_tokenizer_is_refused(data: Path, tmp_path: Path) -> None:
    """transformers makes a tokenizer of five tokens then, by which every text is unknown."""
    base = make_family("bert", tmp_path / "base")
    for file in base.glob("tokenizer*"):
        file.unlink()
    with pytest.raises(
        InputError, match=r"has a tokenizer of 5 tokens, where the model knows 120: the tokenizer's files"
    ):
        train_alone(arguments(data, base, tmp_path / "model"))


def test_another_models_tokenizer_is_refused(tmp_path: Path) -> None:
    base, other = make_family("bert", tmp_path / "base"), make_family("roberta", tmp_path / "other")
    for file in other.glob("tokenizer*"):
        shutil.copy(file, base)
    with pytest.raises(InputError, match=r"has a tokenizer of \d{3} tokens, where the model knows 120"):
        loaded(base)


def test_another_models_weights_are_refused(tmp_path: Path) -> None:
    base = make_family("bert", tmp_path / "base")
    shutil.copy(make_family("albert", tmp_path / "other") / "model.safetensors", base)
    with pytest.raises(InputError, match=r"has weights that are not those of its config.json: \d+ of \d+ are missing"):
        loaded(base)


def test_weights_of_another_shape_are_refused_and_a_head_of_another_is_replaced(tmp_path: Path) -> None:
    base = make_family("bert", tmp_path / "base")
    loaded(base)[0].save_pretrained(tmp_path / "classifier")
    shutil.copy(base / "tokenizer.json", tmp_path / "classifier")
    args = arguments(base, tmp_path / "classifier", base)
    assert load_base_model(args, ["x", "y", "z"])[0].config.num_labels == 3
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps({**config, "intermediate_size": 128}))
    with pytest.raises(InputError, match=r"\d of \d+ are missing or of another shape, such as bert.encoder.layer.0."):
        loaded(base)


def test_weights_of_fewer_layers_are_refused_and_those_without_a_pooler_are_not(tmp_path: Path) -> None:
    base = make_family("bert", tmp_path / "base")
    whole = load_file(base / "model.safetensors")
    without = {key: tensor for key, tensor in whole.items() if "pooler" not in key}
    save_file(without, base / "model.safetensors", metadata={"format": "pt"})
    loaded(base)
    first = {key: tensor for key, tensor in without.items() if "layer.1." not in key}
    save_file(first, base / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match=r"16 of 37 are missing or of another shape, such as bert.encoder.layer.1"):
        loaded(base)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("pytorch_model.bin", b""),
        ("pytorch_model.bin", b"rubbish"),
        # What git leaves there without its extension for large files.
        ("model.safetensors", b"version https://git-lfs.github.com/spec/v1\n"),
        ("tokenizer.json", b"{"),
        ("config.json", b"{"),
        ("config.json", b'{"model_type": "own", "auto_map": {"AutoConfig": "own.Config"}}'),
    ],
)
def test_files_that_are_none_are_told_in_one_sentence(tmp_path: Path, file: str, content: bytes) -> None:
    base = make_family("bert", tmp_path / "base")
    if file == "pytorch_model.bin":
        (base / "model.safetensors").unlink()
    (base / file).write_bytes(content)
    with pytest.raises(InputError, match=r"cannot be loaded: it is neither a folder with .* \(.+\)$"):
        loaded(base)


def test_a_model_of_the_hub_is_loaded_by_its_id(tmp_path: Path) -> None:
    """From the cache of the hub's own client, as there is no hub here."""
    base = make_family("bert", tmp_path / "base")
    cached = tmp_path / "home" / "hub" / "models--team--tiny"
    (cached / "refs").mkdir(parents=True)
    (cached / "refs" / "main").write_text("abc")
    shutil.copytree(base, cached / "snapshots" / "abc")
    ended = load_from_hub({"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home")})
    assert ended.stdout.split() == ["BertForSequenceClassification", "120"], ended.stderr


def load_from_hub(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Loads team/tiny in a process of its own, for the hub's client reads these variables once."""
    program = """
from arguments import parse_arguments
from base_model import load_base_model
words = ["--base_model", "team/tiny", "--training", "a", "--testing", "b"]
model, tokenizer = load_base_model(parse_arguments(words), ["x", "y"])
print(type(model).__name__, len(tokenizer))
"""
    source = Path(inspect.getfile(load_base_model)).parent
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=source,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[str]:
    """The address of a hub on this machine, with a model of the name team/tiny."""
    base = make_family("bert", tmp_path / "base")
    files = {file.name: file.read_bytes() for file in base.iterdir()}
    commit = "a" * 40

    class Hub(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place = self.path.partition("?")[0]
            if place.startswith("/api/models/team/tiny/revision/"):
                siblings = [{"rfilename": name} for name in files]
                self.answer(json.dumps({"id": "team/tiny", "sha": commit, "siblings": siblings}).encode())
            elif place.startswith("/api/models/team/tiny/tree/"):
                entries = [{"type": "file", "path": name, "size": len(files[name]), "oid": commit} for name in files]
                self.answer(json.dumps(entries).encode())
            elif place.startswith("/team/tiny/resolve/") and place.rpartition("/")[2] in files:
                self.answer(files[place.rpartition("/")[2]])
            else:
                self.send_response(404)
                self.send_header("X-Error-Code", "EntryNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()

        do_HEAD = do_GET  # noqa: N815

        def answer(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("X-Repo-Commit", commit)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_model_of_the_hub_is_downloaded_while_it_tells_how_far_that_is(hub: str, tmp_path: Path) -> None:
    ended = load_from_hub({"HF_ENDPOINT": hub, "HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "0"})
    *lines, last = ended.stdout.splitlines()
    assert last.split() == ["BertForSequenceClassification", "120"], ended.stderr
    assert lines
    assert all(re.fullmatch(r"download=\d+/\d+ seconds_left=\d+", line) for line in lines)


def test_texts_in_a_language_that_the_tokenizer_does_not_know_are_refused(tmp_path: Path) -> None:
    base = make_family("bert", tmp_path / "base")
    for channel in ("training", "testing"):
        write_csv(
            tmp_path / channel / "rows.csv",
            [(f"the снег и лёд падает {number}", LABELS[number % 2]) for number in range(30)],
        )
    with pytest.raises(InputError, match=r"its tokenizer reads \d\d% of them as \[UNK\]; choose a base model of their"):
        train_alone(arguments(tmp_path, base, tmp_path / "model"))


def test_texts_that_are_known_in_part_are_told(data: Path, tmp_path: Path) -> None:
    base = make_family("bert", tmp_path / "base")
    text = "the cat sleeps \N{CJK UNIFIED IDEOGRAPH-732B}"
    for channel in ("training", "testing"):
        write_csv(tmp_path / channel / "rows.csv", [(f"{text} {number}", LABELS[number % 2]) for number in range(40)])
    train_alone(arguments(tmp_path, base, tmp_path / "model", epochs=1))
    warnings = json.loads((tmp_path / "model" / "metrics.json").read_text())["warnings"]
    assert [warning for warning in warnings if warning.startswith("the base model knows in part alone the language")]
    train_alone(arguments(data, base, tmp_path / "other", epochs=1))
    assert "in part" not in (tmp_path / "other" / "metrics.json").read_text()


@pytest.mark.parametrize(("name", "file"), [("deberta-v3", "spm.model"), ("xlm-roberta", "sentencepiece.bpe.model")])
def test_a_slow_tokenizer_is_saved_as_a_fast_one(data: Path, tmp_path: Path, name: str, file: str) -> None:
    base = make_family(name, tmp_path / "base")
    (base / "tokenizer.json").unlink()
    known = json.loads((base / "config.json").read_text())["vocab_size"]
    SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS * 20),
        model_prefix=str(base / "made"),
        vocab_size=60,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    (base / "made.model").rename(base / file)
    (base / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 512}))
    model, tokenizer = loaded(base)
    assert len(tokenizer) <= known
    assert tokenizer("the cat sleeps")["input_ids"].count(tokenizer.unk_token_id) == 0
    tokenizer.save_pretrained(tmp_path / "saved")
    assert (tmp_path / "saved" / "tokenizer.json").exists()
    assert model.config.num_labels == 2


def test_a_tokenizer_without_a_pad_token_pads_by_the_models_padding_id(tmp_path: Path) -> None:
    base = make_family("roberta", tmp_path / "base")
    file = base / "tokenizer_config.json"
    settings = json.loads(file.read_text())
    del settings["pad_token"]
    file.write_text(json.dumps(settings))
    assert AutoTokenizer.from_pretrained(base).pad_token is None
    _, tokenizer = loaded(base)
    assert (tokenizer.pad_token, tokenizer.pad_token_id) == ("<pad>", 1)


@pytest.mark.parametrize("form", ["sharded", "pytorch_model.bin"])
def test_weights_are_read_in_every_form(tmp_path: Path, form: str) -> None:
    base = make_family("bert", tmp_path / "base")
    whole = load_file(base / "model.safetensors")
    (base / "model.safetensors").unlink()
    if form == "sharded":
        names = sorted(whole)
        parts = {f"model-0000{part + 1}-of-00002.safetensors": names[part::2] for part in range(2)}
        for file, keys in parts.items():
            save_file({key: whole[key] for key in keys}, base / file, metadata={"format": "pt"})
        index = {"metadata": {}, "weight_map": {key: file for file, keys in parts.items() for key in keys}}
        (base / "model.safetensors.index.json").write_text(json.dumps(index))
    else:
        torch.save(whole, base / form)
    model, _ = loaded(base)
    for name, tensor in whole.items():
        torch.testing.assert_close(model.bert.state_dict()[name], tensor)


@pytest.mark.parametrize(
    ("name", "most"), [("bert", 512), ("roberta", 512), ("xlm-roberta", 512), ("mpnet", 512), ("modernbert", 1024)]
)
def test_the_longest_text_is_what_the_model_has_positions_for(tmp_path: Path, name: str, most: int) -> None:
    base = make_family(name, tmp_path / "base")
    model, _ = loaded(base, max_length=most)
    assert positions(model) == most
    model(input_ids=torch.full((1, most), 7), attention_mask=torch.ones(1, most, dtype=torch.long))
    # Many a tokenizer does not say.
    settings = json.loads((base / "tokenizer_config.json").read_text())
    (base / "tokenizer_config.json").write_text(json.dumps({**settings, "model_max_length": 10**30}))
    with pytest.raises(InputError, match=rf"--max_length is {most + 1}; base model .* takes at most {most}"):
        loaded(base, max_length=most + 1)
