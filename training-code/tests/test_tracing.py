"""trace.py end to end, as SageMaker runs it."""

import importlib.util
import json
import shutil
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification, BertConfig, BertForSequenceClassification

import bert
from conftest import TRACING, files_in, pack, run_trace
from weights import WeightsError, read_safetensors


def read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def batch(rows: int, length: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Random token ids and masks, each row of another length, padded to `length`."""
    chance = torch.Generator().manual_seed(seed)
    lengths = torch.randint(3, length + 1, (rows, 1), generator=chance)
    mask = (torch.arange(length) < lengths).long()
    return torch.randint(24, (rows, length), generator=chance) * mask, mask


def test_the_traced_artifact_lacks_nothing(artifact: Path, traced: Path) -> None:
    assert files_in(traced) == {
        "code/contract.py",
        "code/inference.py",
        "code/wordpiece.py",
        "config.json",
        "metrics.json",
        "model.pt",
        "reference.json",
        "tokenizer.json",
    }
    for same in ("metrics.json", "code/contract.py"):
        assert (traced / same).read_bytes() == (artifact / same).read_bytes()
    assert read(traced / "config.json") == read(artifact / "config.json")
    tokenizer = read(traced / "tokenizer.json")
    assert (tokenizer["truncation"]["max_length"], tokenizer["padding"]["strategy"]) == (12, {"Fixed": 16})


@pytest.mark.parametrize("rows", [1, 2, 7, 33])
def test_scores_equal_the_trained_models_on_padded_batches_of_any_size(artifact: Path, traced: Path, rows: int) -> None:
    trained = AutoModelForSequenceClassification.from_pretrained(artifact)
    scripted = torch.jit.load(traced / "model.pt")  # type: ignore[no-untyped-call]
    input_ids, attention_mask = batch(rows, 16, seed=rows)
    with torch.no_grad():
        expected = trained(input_ids=input_ids, attention_mask=attention_mask).logits
        torch.testing.assert_close(scripted(input_ids, attention_mask), expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("activation", ["gelu", "gelu_new", "gelu_pytorch_tanh", "relu"])
def test_the_plain_model_is_transformers_model(activation: str) -> None:
    torch.manual_seed(2)
    config = BertConfig(
        vocab_size=24,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=48,
        hidden_act=activation,
        # So that no weight is so small that leaving it out would not show.
        initializer_range=0.5,
        num_labels=3,
    )
    theirs = BertForSequenceClassification(config).eval()
    ours = bert.BertForSequenceClassification({**config.to_dict(), "id2label": config.id2label}).eval()
    ours.load_state_dict(theirs.state_dict())
    input_ids, attention_mask = batch(9, 12, seed=1)
    with torch.no_grad():
        expected = theirs(input_ids=input_ids, attention_mask=attention_mask).logits
        torch.testing.assert_close(ours(input_ids, attention_mask), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("number_type", [torch.float32, torch.float16, torch.bfloat16])
def test_reads_safetensors_of_each_type(tmp_path: Path, number_type: torch.dtype) -> None:
    tensors = {"a": torch.randn(3, 5).to(number_type), "b.c": torch.tensor([1.5, -2.0]).to(number_type)}
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    answer = read_safetensors((tmp_path / "model.safetensors").read_bytes())
    assert {name: tensor.tolist() for name, tensor in answer.items()} == {
        name: tensor.float().tolist() for name, tensor in tensors.items()
    }


def test_refuses_weights_that_it_cannot_read(tmp_path: Path) -> None:
    save_file({"a": torch.tensor([1])}, tmp_path / "model.safetensors")
    content = (tmp_path / "model.safetensors").read_bytes()
    with pytest.raises(WeightsError, match="weight a is of type I64; only F32, F16 and BF16 can be traced"):
        read_safetensors(content)
    save_file({"a": torch.zeros(9)}, tmp_path / "model.safetensors")
    for broken in (b"", content[:20], (tmp_path / "model.safetensors").read_bytes()[:-8], b"PK\x03\x04" * 9):
        with pytest.raises(WeightsError, match=r"model\.safetensors is not whole"):
            read_safetensors(broken)


Trace = Callable[..., str]


@pytest.fixture
def trace(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Trace:
    """trace.py within this process, which saves two seconds; answers '' or, when it exits with 1, its last line."""
    # By its file: the standard library has a module of this name too.
    spec = importlib.util.spec_from_file_location("trace_entry_point", TRACING / "trace.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def run(*words: object) -> str:
        monkeypatch.setattr(sys, "argv", ["trace.py", *map(str, words)])
        try:
            module.main()
        except SystemExit as error:
            assert error.code == 1
            return capsys.readouterr().err.splitlines()[-1]
        return ""

    return run


@pytest.fixture
def copy(artifact: Path, tmp_path: Path) -> Path:
    """A copy of the trained artifact, to change."""
    return Path(shutil.copytree(artifact, tmp_path / "artifact"))


def change(name: str, **fields: object) -> Callable[[Path], None]:
    """Changes fields of one of an artifact's JSON files."""

    def apply(folder: Path) -> None:
        (folder / name).write_text(json.dumps({**read(folder / name), **fields}))

    return apply


def change_weights(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    save_file(
        {**weights, "classifier.bias": weights["classifier.bias"] + torch.tensor([0.5, 0])},
        folder / "model.safetensors",
    )


def add_weights(folder: Path) -> None:
    save_file({**load_file(folder / "model.safetensors"), "extra": torch.zeros(1)}, folder / "model.safetensors")


REFUSALS: list[tuple[Callable[[Path], None], int, str]] = [
    (change("config.json", model_type="distilbert"), 16, "the model's type is 'distilbert'; only 'bert' can be traced"),
    (
        change("config.json", hidden_act="silu"),
        16,
        "the model's activation is 'silu'; only gelu, gelu_new, gelu_pytorch_tanh, relu can be traced",
    ),
    (
        change("config.json", position_embedding_type="relative_key"),
        16,
        "the model's position embeddings are 'relative_key'; only 'absolute' can be traced",
    ),
    (
        change("tokenizer.json", normalizer={"type": "NFC"}),
        16,
        "the tokenizer's normalizer is NFC; only BERT's, BertNormalizer, can be traced",
    ),
    (
        change("tokenizer_config.json", truncation_side="left"),
        16,
        "the tokenizer cuts texts on the left; only one that cuts on the right can be traced",
    ),
    (lambda folder: None, 513, "--sequence_length is 513; the model takes at most 512"),
    (lambda folder: None, 2, "--sequence_length is 2; it must be 3 or more, two tokens being the model's own"),
    (
        lambda folder: (folder / "reference.json").unlink(),
        16,
        "model.tar.gz has no file reference.json, which training writes; train the model again",
    ),
    (change_weights, 16, "the traced model's scores differ from the trained model's by "),
    (add_weights, 16, 'Unexpected key(s) in state_dict: "extra".); train the model again'),
]


@pytest.mark.parametrize(("spoil", "sequence_length", "sentence"), REFUSALS)
def test_what_cannot_be_traced_is_refused_in_one_sentence_before_anything_is_written(
    copy: Path, tmp_path: Path, trace: Trace, *, spoil: Callable[[Path], None], sequence_length: int, sentence: str
) -> None:
    spoil(copy)
    refusal = trace(
        "--model",
        pack(copy, tmp_path / "channel"),
        "--model_dir",
        tmp_path / "model",
        "--sequence_length",
        sequence_length,
    )
    assert refusal.startswith("ValueError: ")
    assert sentence in refusal
    assert not (tmp_path / "model").exists()


def test_a_sequence_shorter_than_the_reference_texts_is_checked_by_those_that_fit(
    artifact: Path, tmp_path: Path
) -> None:
    ended = run_trace(pack(artifact, tmp_path / "channel"), tmp_path / "model", sequence_length=6)
    assert ended.returncode == 0, ended.stderr
    # Of 3 and 6 tokens; the others have 12.
    assert ": 2 texts agree to " in ended.stdout
    assert read(tmp_path / "model" / "reference.json")["tokens"] == [3, 6]
    assert read(tmp_path / "model" / "tokenizer.json")["truncation"]["max_length"] == 6


def test_labels_that_transformers_leaves_out_as_its_default_are_named(copy: Path, tmp_path: Path, trace: Trace) -> None:
    config = read(copy / "config.json")
    del config["id2label"]
    (copy / "config.json").write_text(json.dumps(config))
    assert (
        trace("--model", pack(copy, tmp_path / "channel"), "--model_dir", tmp_path / "model", "--sequence_length", 16)
        == ""
    )
    assert read(tmp_path / "model" / "config.json")["id2label"] == {"0": "LABEL_0", "1": "LABEL_1"}


def test_a_channel_without_one_whole_archive_is_refused(tmp_path: Path) -> None:
    channel = tmp_path / "channel"
    channel.mkdir()
    refused = run_trace(channel, tmp_path / "model", sequence_length=16)
    assert refused.returncode == 1
    assert refused.stderr == f"ValueError: {channel} has 0 archives; it must hold one, model.tar.gz\n"


def test_an_archive_that_is_none_is_refused(artifact: Path, tmp_path: Path, trace: Trace) -> None:
    whole = (pack(artifact, tmp_path / "channel") / "model.tar.gz").read_bytes()
    damaged = [whole[:place] + b"x" * 99 + whole[place + 99 :] for place in range(2000, len(whole), len(whole) // 7)]
    for broken in (b"", b"\x1f\x8b no archive", whole[:2000], *damaged):
        (tmp_path / "channel" / "model.tar.gz").write_bytes(broken)
        assert "model.tar.gz is no whole .tar.gz archive (" in trace(
            "--model", tmp_path / "channel", "--model_dir", tmp_path / "model", "--sequence_length", 16
        )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "the following arguments are required: --sequence_length"),
        (["--sequence_length", "many"], "argument --sequence_length: invalid int value: 'many'"),
        (["--sequence_length", "16"], "no folder with the artifact: pass --model or set SM_CHANNEL_MODEL"),
        (["--sequence_length", "16", "--sequence", "9"], "unrecognized arguments: --sequence 9"),
    ],
)
def test_bad_arguments_end_in_one_sentence(
    trace: Trace, monkeypatch: pytest.MonkeyPatch, words: list[str], sentence: str
) -> None:
    monkeypatch.delenv("SM_CHANNEL_MODEL", raising=False)
    assert trace(*words) == f"ValueError: {sentence}"


def test_links_are_no_files_and_names_that_lead_out_are_never_written(
    artifact: Path, tmp_path: Path, trace: Trace
) -> None:
    channel = tmp_path / "deep" / "channel"
    channel.mkdir(parents=True)
    secret = tmp_path / "secret.json"
    secret.write_text((artifact / "metrics.json").read_text())
    with tarfile.open(channel / "model.tar.gz", "w:gz") as archive:
        for file in sorted(artifact.rglob("*")):
            if file.is_file() and file.name != "metrics.json":
                archive.add(file, arcname=str(file.relative_to(artifact)))
        archive.add(artifact / "config.json", arcname="../../outside.json")
        link = tarfile.TarInfo("metrics.json")
        link.type, link.linkname = tarfile.SYMTYPE, str(secret)
        archive.addfile(link)
    assert "model.tar.gz has no file metrics.json" in trace(
        "--model", channel, "--model_dir", tmp_path / "model", "--sequence_length", 16
    )
    assert not list(tmp_path.rglob("outside.json"))
