from pathlib import Path

import pytest

from arguments import parse_arguments
from errors import InputError
from processes import rank_and_world_size

CHANNELS = ["--training", "a", "--testing", "b"]


@pytest.fixture(autouse=True)
def outside_sagemaker(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TRAINING", "TESTING", "BASE_MODEL"):
        monkeypatch.delenv(f"SM_CHANNEL_{name}", raising=False)


def test_outside_sagemaker_the_defaults_are_the_documented_ones() -> None:
    args = parse_arguments(CHANNELS)
    assert (args.base_model, args.epochs, args.batch_size, args.learning_rate) == ("bert-base-uncased", -1, 16, 2e-5)
    assert (args.max_length, args.warmup_ratio, args.weight_decay, args.seed) == (128, 0.1, 0.01, 42)
    assert (args.model_dir, args.checkpoint_dir, args.precision) == ("model", "", "auto")


def test_sagemaker_only_sets_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    monkeypatch.setenv("SM_CHANNEL_TRAINING", "/train")
    monkeypatch.setenv("SM_CHANNEL_TESTING", "/test")
    monkeypatch.setenv("SM_CHANNEL_BASE_MODEL", "/base")
    monkeypatch.setenv("SM_MODEL_DIR", str(tmp_path / "model"))
    args = parse_arguments(["--testing", "mine"])
    assert (args.training, args.testing, args.base_model) == ("/train", "mine", "/base")
    assert (args.model_dir, args.checkpoint_dir) == (str(tmp_path / "model"), str(tmp_path / "checkpoints"))


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--lr", "1"], "unrecognized arguments: --lr 1"),
        (["--epoch", "1"], "unrecognized arguments: --epoch 1"),
        (["--epochs", "many"], "argument --epochs: invalid int value: 'many'"),
        (["--epochs", "-2"], "--epochs is -2; it must be 1 or more, 0 for none, or -1 for the data's size"),
        (["--patience", "0"], "--patience is 0; it must be 1 or more"),
        (["--label_smoothing", "1"], r"--label_smoothing is 1\.0; it must be from 0 to less than 1"),
        (["--metric", "loss"], "argument --metric: invalid choice: 'loss'"),
        (["--batch_size", "0"], "--batch_size is 0; it must be 1 or more"),
        (["--max_length", "2"], "--max_length is 2; it must be 3 or more"),
        (["--learning_rate", "0"], r"--learning_rate is 0\.0; it must be more than 0"),
        (["--learning_rate", "nan"], "--learning_rate is nan; it must be more than 0"),
        (["--warmup_ratio", "1.1"], r"--warmup_ratio is 1\.1; it must be from 0 to 1"),
        (["--weight_decay", "-1"], r"--weight_decay is -1\.0; it must be 0 or more"),
        (["--precision", "fp8"], "argument --precision: invalid choice: 'fp8'"),
        (["--training", ""], "no folder with the training split: pass --training or set SM_CHANNEL_TRAINING"),
    ],
)
def test_a_bad_or_unknown_hyperparameter_is_an_error(words: list[str], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        parse_arguments([*CHANNELS, *words])


def test_processes_are_told_by_torchrun_or_else_by_sagemakers_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert rank_and_world_size('["localhost"]', "localhost") == (0, 1)
    assert rank_and_world_size('["algo-2", "algo-1"]', "algo-2") == (1, 2)
    monkeypatch.setenv("WORLD_SIZE", "4")
    monkeypatch.setenv("RANK", "3")
    assert rank_and_world_size('["algo-2", "algo-1"]', "algo-2") == (3, 4)
