"""A training that is killed and started again ends as if nothing had happened."""

import dataclasses
import json
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
from checkpoint import Checkpoint, hash_of_weights, load_checkpoint, save_checkpoint
from conftest import arguments, make_base_model, train_alone
from errors import InputError
from processes import Process
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


def test_sigterm_in_the_last_measurement_stops_the_training_too(
    args: Arguments, uninterrupted: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    measure = Trainer.measure

    def stopped_in_the_last(self: Trainer, step: int, train_loss: float) -> None:
        if step == self.steps:
            os.kill(os.getpid(), signal.SIGTERM)
        measure(self, step, train_loss)

    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "measure", stopped_in_the_last)
        with pytest.raises(StoppedError, match="stopped after step 39 of 39"):
            train_alone(args)
    assert not Path(args.model_dir).exists()
    train_alone(args)
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


def test_weights_that_are_no_numbers_are_no_checkpoint(args: Arguments, monkeypatch: pytest.MonkeyPatch) -> None:
    """Saved after each step, and measured after the fourth only."""
    monkeypatch.setattr(trainer, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(trainer, "CHECKPOINT_SHARE", 0.0)
    with pytest.raises(InputError, match="the model's weights are no numbers any more; lower --learning_rate"):
        train_alone(dataclasses.replace(args, learning_rate=1e30))
    checkpoint = torch.load(Path(args.checkpoint_dir) / "checkpoint.pt", weights_only=True)
    assert all(tensor.isfinite().all() for tensor in checkpoint["model"].values())


def test_what_the_first_process_refuses_to_go_on_from_all_refuse(
    args: Arguments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of the others is left waiting for it."""
    Path(args.checkpoint_dir).mkdir()
    (Path(args.checkpoint_dir) / "checkpoint.pt").write_text("none")
    shared: list[object] = []

    def share(_: Process, value: object) -> object:
        shared.append(value)
        return InputError("as the first process has found")

    monkeypatch.setattr(Process, "share", share)
    with pytest.raises(InputError, match="as the first process has found"):
        train_alone(args)
    assert [type(value) for value in shared] == [InputError]


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


def train_together(args: Arguments, keep_in: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Trains by two processes, under torchrun."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    return subprocess.run(
        [*launcher, Path(__file__).with_name("keep_weights.py"), *words_of(args)],
        env={**os.environ, "PYTHONPATH": str(TRAIN.parent), "KEEP_IN": str(keep_in), **environment},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def together(data: Path, dropping: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, torch.Tensor]:
    """The weights of two processes that nothing disturbed."""
    folder = tmp_path_factory.mktemp("together")
    ended = train_together(arguments(data, dropping, folder / "model", **RUN), folder)
    assert ended.returncode == 0, ended.stderr
    return load_file(folder / "model" / "model.safetensors")


def test_two_processes_killed_and_started_again_end_as_if_nothing_had_happened(
    args: Arguments, together: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    assert train_together(args, tmp_path, KILL_AT="15").returncode != 0
    assert not Path(args.model_dir).exists()
    # One process sums in another order.
    with pytest.raises(InputError, match=r"of another run \(processes differ\)"):
        train_alone(args)
    ended = train_together(args, tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert_same(Path(args.model_dir), together)


def test_two_processes_whose_torchrun_is_stopped_end_after_the_same_step_and_go_on_from_it(
    args: Arguments, together: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    stopped = train_together(args, tmp_path, STOP_AT="15")
    assert stopped.returncode != 0
    # The sixteenth step is one after which the processes agree.
    assert stopped.stderr.splitlines().count("stopped after step 16 of 39") == 2
    assert not Path(args.model_dir).exists()
    ended = train_together(args, tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "resumed after step 16 from" in ended.stdout
    assert_same(Path(args.model_dir), together)


def test_a_training_that_ended_early_is_not_gone_on_with(
    data: Path, base_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Steps that change nothing: no measurement is better than the first.
    still = {"learning_rate": 1e-30, "metric": "accuracy", "epochs": 3}

    def trained(name: str, **changes: Any) -> tuple[list[dict[str, float]], str]:
        train_alone(arguments(data, base_model, tmp_path / name, **still, **changes))
        return json.loads((tmp_path / name / "metrics.json").read_text())["history"], capsys.readouterr().out

    whole, told = trained("whole", patience=100)
    assert len(whole) == 10
    assert "ending early" not in told
    impatient: dict[str, Any] = {"patience": 1, "checkpoint_dir": str(tmp_path / "checkpoints")}
    history, told = trained("early", **impatient)
    assert history == whole[:2]
    assert "ending early, as 1 measurements in turn were no better" in told
    kept = torch.load(tmp_path / "checkpoints" / "checkpoint.pt")["early_stopping"]
    assert kept["highest_score"] == history[0]["validation_accuracy"] != history[0]["validation_matthews_correlation"]

    again, told = trained("again", **impatient)
    assert again == history
    assert "resumed after step 8 from" in told
    assert "step=" not in told


def test_a_checkpoint_that_was_not_finished_is_none(tmp_path: Path) -> None:
    def checkpoint(steps_done: int) -> Checkpoint:
        return Checkpoint(
            run={"epochs": 1}, steps_done=steps_done, model={}, optimizer={}, schedule={}, early_stopping={}, history=[]
        )

    unfinished = tmp_path / "checkpoint.pt.unfinished"
    unfinished.write_bytes(b"the first half")
    assert load_checkpoint(tmp_path, {"epochs": 1}) is None
    save_checkpoint(tmp_path, checkpoint(7))
    assert not unfinished.exists()
    unfinished.write_bytes(b"the first half")
    assert load_checkpoint(tmp_path, {"epochs": 1}) == checkpoint(7)


def test_a_checkpoint_of_another_run_is_refused(data: Path, dropping: Path, tmp_path: Path) -> None:
    def args(**changes: Any) -> Arguments:
        return arguments(
            data, dropping, tmp_path / "model", epochs=1, checkpoint_dir=str(tmp_path / "checkpoints"), **changes
        )

    train_alone(args())
    with pytest.raises(InputError, match=r"of another run \(learning_rate differ\)"):
        train_alone(args(learning_rate=1e-3))
    with pytest.raises(InputError, match=r"of another run \(precision differ\)"):
        train_alone(args(precision="bf16"))
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


def change_weights(base_model: Path) -> None:
    weights = load_file(base_model / "model.safetensors")
    weights["embeddings.LayerNorm.weight"][0] += 0.5
    save_file(weights, base_model / "model.safetensors", metadata={"format": "pt"})


def change_config(base_model: Path) -> None:
    config = json.loads((base_model / "config.json").read_text())
    (base_model / "config.json").write_text(json.dumps({**config, "hidden_act": "relu"}))


def change_vocabulary(base_model: Path) -> None:
    text = (base_model / "tokenizer.json").read_text()
    swapped = text.replace('"cat"', '"?"').replace('"dog"', '"cat"').replace('"?"', '"dog"')
    assert swapped != text
    (base_model / "tokenizer.json").write_text(swapped)


def change_truncation(base_model: Path) -> None:
    file = base_model / "tokenizer_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "truncation_side": "left"}))


@pytest.mark.parametrize("change", [change_weights, change_config, change_vocabulary, change_truncation])
def test_a_base_model_changed_in_the_same_folder_is_another_run(
    data: Path, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    base_model = make_base_model(tmp_path / "base")
    args = arguments(data, base_model, tmp_path / "model", epochs=1, checkpoint_dir=str(tmp_path / "checkpoints"))
    train_alone(args)
    change(base_model)
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
