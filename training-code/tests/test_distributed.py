import dataclasses
import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForSequenceClassification

from conftest import FILLERS, arguments, paired, sentences, tagged, train_alone, write_csv
from families import make_family

PROGRAM = Path(__file__).with_name("keep_weights.py")
SOURCE = PROGRAM.parent.with_name("source")


def long_and_tagged(count: int, seed: int) -> list[list[str]]:
    """Rows of several labels whose texts fill one to four windows."""
    chance = random.Random(seed)
    return [
        [" ".join([text, *chance.choices(FILLERS, k=chance.randint(0, 25))]), tags]
        for text, tags in tagged(count, seed)
    ]


# Of the 32 rows 29 are trained on. Batches of 7 over two processes are uneven, and the last batch has one row: the
# second process has none of it.
TASKS: dict[str, tuple[Sequence[Sequence[str]], Sequence[Sequence[str]], list[str], dict[str, str]]] = {
    "one label": (sentences(32, seed=1), sentences(19, seed=2), ["text", "label"], {}),
    "pairs": (paired(32, seed=1), paired(19, seed=2), ["text", "text_pair", "label"], {}),
    "several labels, in windows": (
        long_and_tagged(32, seed=1),
        long_and_tagged(19, seed=2),
        ["text", "labels"],
        {"overflow": "window"},
    ),
}


@pytest.fixture(scope="session")
def big_bird(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a family whose models have parameters that take no part in an answer; without dropout."""
    folder = make_family("big-bird", tmp_path_factory.mktemp("big-bird"))
    config = json.loads((folder / "config.json").read_text())
    no_dropout = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps({**config, **no_dropout}))
    return folder


@pytest.mark.parametrize(("task", "base"), [*((task, "base_model") for task in TASKS), ("one label", "big_bird")])
def test_two_processes_train_one_model_as_a_single_process_does(
    task: str, base: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    training, testing, header, changes = TASKS[task]
    base_model: Path = request.getfixturevalue(base)
    write_csv(tmp_path / "training" / "train.csv", training, header)
    write_csv(tmp_path / "testing" / "test.csv", testing, header)
    alone = arguments(
        tmp_path, base_model, tmp_path / "alone", epochs=2, batch_size=7, learning_rate=1e-3, patience=10, **changes
    )
    train_alone(alone)

    together = dataclasses.replace(alone, model_dir=str(tmp_path / "together"))
    words = [word for name, value in dataclasses.asdict(together).items() for word in (f"--{name}", str(value))]
    ended = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", PROGRAM, *words],
        env={**os.environ, "PYTHONPATH": str(SOURCE), "KEEP_IN": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr

    ranks = [torch.load(tmp_path / f"rank-{rank}.pt", weights_only=True) for rank in (0, 1)]
    saved, expected = (
        AutoModelForSequenceClassification.from_pretrained(tmp_path / name).state_dict()
        for name in ("together", "alone")
    )
    for name, tensor in saved.items():
        assert torch.equal(ranks[0][name], ranks[1][name]), name
        assert torch.equal(ranks[0][name], tensor), name
        torch.testing.assert_close(tensor, expected[name], atol=2e-4, rtol=1e-3)

    # Rank 0 alone prints; the whole test split is measured, each row once.
    assert ended.stdout.count("epoch=2/2 train_loss=") == 1
    assert ended.stdout.count(" test_loss=") == 1
    metrics, metrics_alone = (
        json.loads((tmp_path / name / "metrics.json").read_text()) for name in ("together", "alone")
    )
    assert metrics["rows"] == 19
    assert metrics["per_label"] == metrics_alone["per_label"]
    assert metrics["loss"] == pytest.approx(metrics_alone["loss"], abs=1e-3)
    assert [measured["train_loss"] for measured in metrics["history"]] == pytest.approx(
        [measured["train_loss"] for measured in metrics_alone["history"]], abs=1e-3
    )
    assert metrics["training"]["processes"] == 2
