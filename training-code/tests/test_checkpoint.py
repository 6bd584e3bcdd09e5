"""A training that is killed and started again ends as if nothing had happened."""

import dataclasses
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

import trainer
from arguments import Arguments
from checkpoint import hash_of_weights
from conftest import arguments, make_base_model, train_alone
from errors import InputError
from trainer import StoppedError, Trainer

TRAIN = Path(trainer.__file__).with_name("train.py")
RUN = {"epochs": 3, "class_weights": "balanced", "label_smoothing": 0.1}
# Of 39 steps, measured after each fourth: the first, amid an epoch, before and after a measurement, the last.
STOPS = (1, 7, 8, 18, 26, 39)


class InterruptionError(Exception):
    """Stands for the end of a spot instance."""


@pytest.fixture(scope="module")
def dropping(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base_model(tmp_path_factory.mktemp("dropping"), dropout=0.1)


@pytest.fixture(scope="module")
def uninterrupted(data: Path, dropping: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, torch.Tensor]:
    folder = tmp_path_factory.mktemp("uninterrupted")
    train_alone(arguments(data, dropping, folder, **RUN))
    return load_file(folder / "model.safetensors")


@pytest.fixture
def args(data: Path, dropping: Path, tmp_path: Path) -> Arguments:
    return arguments(data, dropping, tmp_path / "model", checkpoint_dir=str(tmp_path / "checkpoints"), **RUN)


def assert_same(artifact: Path, expected: dict[str, torch.Tensor]) -> None:
    for name, tensor in load_file(artifact / "model.safetensors").items():
        assert torch.equal(tensor, expected[name]), name


def before_step(monkeypatch: pytest.MonkeyPatch, number: int, happens: Callable[[], None]) -> None:
    """Something that happens when the training begins a step; the first is 1."""
    take_step = Trainer.take_step

    def patched(self: Trainer, model: torch.nn.Module, step: int, batch: list[int]) -> torch.Tensor:
        if step + 1 == number:
            happens()
        return take_step(self, model, step, batch)

    monkeypatch.setattr(Trainer, "take_step", patched)


@pytest.mark.parametrize("stop", STOPS)
def test_a_training_stopped_after_any_step_ends_with_the_same_weights(
    args: Arguments,
    uninterrupted: dict[str, torch.Tensor],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    stop: int,
) -> None:
    with monkeypatch.context() as patched:
        before_step(patched, stop, lambda: os.kill(os.getpid(), signal.SIGTERM))
        with pytest.raises(StoppedError, match=f"stopped after step {stop} of 39"):
            train_alone(args)
    assert not Path(args.model_dir).exists()
    capsys.readouterr()
    train_alone(args)
    assert f"resumed after step {stop} from" in capsys.readouterr().out
    assert_same(Path(args.model_dir), uninterrupted)


def test_a_training_killed_without_a_word_goes_on_from_its_last_checkpoint(
    args: Arguments,
    uninterrupted: dict[str, torch.Tensor],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def die() -> None:
        raise InterruptionError

    with monkeypatch.context() as patched:
        before_step(patched, 15, die)
        patched.setattr(trainer, "CHECKPOINT_SECONDS", 0.0)
        patched.setattr(trainer, "CHECKPOINT_SHARE", 0.0)
        with pytest.raises(InterruptionError):
            train_alone(args)
    train_alone(args)
    assert "resumed after step 14 from" in capsys.readouterr().out
    assert_same(Path(args.model_dir), uninterrupted)


def test_sigterm_ends_the_program_with_a_checkpoint_and_its_own_exit_code(
    data: Path, dropping: Path, tmp_path: Path
) -> None:
    args = arguments(data, dropping, tmp_path / "model", epochs=100, checkpoint_dir=str(tmp_path / "checkpoints"))
    with subprocess.Popen(
        [sys.executable, TRAIN, *words_of(args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "step=1/" in line:
                break
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 143
    assert errors.splitlines()[-1].startswith("stopped after step ")
    assert (tmp_path / "checkpoints" / "checkpoint.pt").exists()
    assert not (tmp_path / "model").exists()


def test_two_processes_killed_and_started_again_end_as_if_nothing_had_happened(
    data: Path, dropping: Path, tmp_path: Path
) -> None:
    def run(name: str, **environment: str) -> int:
        args = arguments(data, dropping, tmp_path / name, checkpoint_dir=str(tmp_path / f"{name}-checkpoints"), **RUN)
        launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
        return subprocess.run(
            [*launcher, Path(__file__).with_name("keep_weights.py"), *words_of(args)],
            env={**os.environ, "PYTHONPATH": str(TRAIN.parent), "KEEP_IN": str(tmp_path), **environment},
            check=False,
            capture_output=True,
        ).returncode

    assert run("whole") == 0
    assert run("halved", KILL_AT="15") != 0
    assert not (tmp_path / "halved").exists()
    assert run("halved") == 0
    assert_same(tmp_path / "halved", load_file(tmp_path / "whole" / "model.safetensors"))


def test_a_checkpoint_of_another_run_is_refused(data: Path, dropping: Path, tmp_path: Path) -> None:
    def args(**changes: Any) -> Arguments:
        return arguments(
            data, dropping, tmp_path / "model", epochs=1, checkpoint_dir=str(tmp_path / "checkpoints"), **changes
        )

    train_alone(args())
    with pytest.raises(InputError, match=r"of another run \(learning_rate differ\)"):
        train_alone(args(learning_rate=1e-3))
    file = tmp_path / "checkpoints" / "checkpoint.pt"
    checkpoint = torch.load(file)
    embeddings = "bert.embeddings.word_embeddings.weight"
    checkpoint["model"][embeddings] = checkpoint["model"][embeddings][1:]
    torch.save(checkpoint, file)
    with pytest.raises(InputError, match="does not fit this model: it is of another version"):
        train_alone(args())
    file.write_bytes(b"rubbish")
    with pytest.raises(InputError, match="is not a checkpoint of this program"):
        train_alone(args())


def test_a_base_model_changed_in_the_same_folder_is_another_run(data: Path, tmp_path: Path) -> None:
    base_model = make_base_model(tmp_path / "base")
    args = arguments(data, base_model, tmp_path / "model", epochs=1, checkpoint_dir=str(tmp_path / "checkpoints"))
    train_alone(args)
    weights = load_file(base_model / "model.safetensors")
    weights["embeddings.LayerNorm.weight"][0] += 0.5
    save_file(weights, base_model / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match=r"of another run \(base_model differ\)"):
        train_alone(args)


def test_a_base_model_in_another_folder_is_the_same_run(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base_model = make_base_model(tmp_path / "base")
    same = shutil.copytree(base_model, tmp_path / "job-2" / "base")
    checkpoints = str(tmp_path / "checkpoints")
    train_alone(arguments(data, base_model, tmp_path / "first", epochs=1, checkpoint_dir=checkpoints))
    train_alone(arguments(data, same, tmp_path / "second", epochs=1, checkpoint_dir=checkpoints))
    assert "resumed after step" in capsys.readouterr().out


def test_the_hash_of_weights_tells_any_number_and_any_name_apart() -> None:
    def of(*weights: tuple[str, list[float]]) -> str:
        model = torch.nn.ParameterDict({name: torch.tensor(values) for name, values in weights})
        return hash_of_weights(model)

    first = of(("a", [1.0, 2.0]), ("b", [3.0]))
    assert first == of(("a", [1.0, 2.0]), ("b", [3.0]))
    assert len({first, of(("a", [1.0, 2.5]), ("b", [3.0])), of(("a", [1.0, 2.0]), ("c", [3.0]))}) == 3


def words_of(args: Arguments) -> list[str]:
    return [word for name, value in dataclasses.asdict(args).items() for word in (f"--{name}", str(value))]
