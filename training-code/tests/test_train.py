import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

import train
from arguments import BY_SIZE
from artifact import readable
from base_model import load_base_model
from conftest import VERBS, Row, arguments, files_in, make_base_model, sentences, train_alone, write_csv
from early_stopping import standard_error
from errors import InputError
from optimization import epochs_for
from reading import reader_of
from sentences import Sentences
from split import Split

SOURCE = Path(train.__file__).parent

# The training job's MetricDefinitions, and what the states of a local run show.
METRICS = {
    "train:loss": r"train_loss=([0-9.]+)",
    "validation:loss": r"validation_loss=([0-9.]+)",
    "validation:accuracy": r"validation_accuracy=([0-9.]+)",
    "validation:matthews_correlation": r"validation_matthews_correlation=(-?[0-9.]+)",
    "validation:micro_f1": r"validation_micro_f1=([0-9.]+)",
    "validation:macro_f1": r"validation_macro_f1=([0-9.]+)",
    "test:loss": r"test_loss=([0-9.]+)",
    "test:accuracy": r"test_accuracy=([0-9.]+)",
    "test:matthews_correlation": r"test_matthews_correlation=(-?[0-9.]+)",
    "test:micro_f1": r"test_micro_f1=([0-9.]+)",
    "test:macro_f1": r"test_macro_f1=([0-9.]+)",
}


def weights(artifact: Path) -> dict[str, torch.Tensor]:
    return load_file(artifact / "model.safetensors")


def test_learns_and_writes_an_artifact_that_lacks_nothing(artifact: Path) -> None:
    files = files_in(artifact)
    runtime = {name for name in files if name.startswith("code/lib/")}
    assert any(name.endswith("onnxruntime/__init__.py") for name in runtime)
    assert files - runtime == {
        "code/contract.py",
        "code/engines.py",
        "code/inference.py",
        "code/packing.py",
        "code/reading.py",
        "config.json",
        "metrics.json",
        "model.onnx",
        "model.safetensors",
        "reference.json",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    config = json.loads((artifact / "config.json").read_text())
    assert config["id2label"] == {"0": "acceptable", "1": "unacceptable"}
    assert json.loads((artifact / "tokenizer_config.json").read_text())["model_max_length"] == 12

    metrics = json.loads((artifact / "metrics.json").read_text())
    assert metrics["matthews_correlation"] > 0.9
    # Over the whole split, not over its last batch.
    assert metrics["rows"] == sum(map(sum, metrics["confusion_matrix"])) == 100
    assert metrics["majority_class_accuracy"] == 0.5
    assert metrics["labels"] == ["acceptable", "unacceptable"]
    assert metrics["training"]["learning_rate"] == 5e-3
    training = metrics["training"]
    assert (training["rows"], training["validation_rows"], training["precision"]) == (199, 21, "float32")
    assert metrics["warnings"] == []
    assert metrics["fp32"]["accuracy"] == 1


def test_log_lines_are_what_the_metric_definitions_capture(
    data: Path, base_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train_alone(arguments(data, base_model, tmp_path, epochs=2, output_data_dir=str(tmp_path / "output")))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "tokenizing 320 texts"
    steps = [line for line in lines if "step=" in line]
    assert re.fullmatch(r"epoch=1/2 step=1/26 train_loss=\d+\.\d+ seconds_left=\d+", steps[0])
    assert steps[-1].startswith("epoch=2/2 step=26/26 ")
    measurements = [line for line in lines if re.match(r"epoch=\S+ train_loss=", line)]
    # Of 26 steps every third, and the last.
    assert len(measurements) == 9
    scores = " ".join(
        rf"{{0}}_{name}=-?\d+\.\d+" for name in ("loss", "matthews_correlation", "accuracy", "micro_f1", "macro_f1")
    )
    for line, epoch in zip(
        measurements, ("0.23", "0.46", "0.69", "0.92", "1.15", "1.38", "1.62", "1.85", "2"), strict=True
    ):
        assert re.fullmatch(rf"epoch={epoch}/2 train_loss=\d+\.\d+ {scores.format('validation')}", line)
    kept, final = lines[-3:-1]
    assert re.fullmatch(r"keeping the weights of epoch \S+/2, measuring them", kept)
    assert re.fullmatch(f"{scores.format('validation')} {scores.format('test')} rows_per_second=\\d+", final)

    metrics = json.loads((tmp_path / "metrics.json").read_text())
    for name, regex in METRICS.items():
        # The last value of the whole log is the job's.
        captured = [float(match[1]) for line in lines if (match := re.search(regex, line))]
        split, _, metric = name.partition(":")
        if split != "train":
            expected = metrics["validation"] if split == "validation" else metrics
            assert captured[-1] == pytest.approx(expected[metric], abs=1e-4), name
    assert metrics["validation"]["rows"] == 21
    history = metrics["history"]
    assert [round(each["epoch"], 2) for each in history] == [0.23, 0.46, 0.69, 0.92, 1.15, 1.38, 1.62, 1.85, 2]
    assert [each["step"] for each in history] == [3, 6, 9, 12, 15, 18, 21, 24, 26]
    scores_measured = [each["validation_matthews_correlation"] for each in history]
    as_good = max(scores_measured) - standard_error(max(scores_measured), 21)
    candidates = [each for each, score in zip(history, scores_measured, strict=True) if score >= as_good]
    # By the calibrated loss, which `validation_loss` of the history is.
    best = min(candidates, key=lambda each: each["validation_loss"])
    assert f"epoch {round(best['epoch'], 2):g}/2" in kept
    assert metrics["validation"]["loss"] == pytest.approx(best["validation_loss"], abs=1e-5)
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    assert (tmp_path / "output" / "metrics.json").read_text() == (tmp_path / "metrics.json").read_text()


def test_the_same_seed_gives_the_same_weights_and_hyperparameters_count(tmp_path: Path) -> None:
    base_model = make_base_model(tmp_path / "base", dropout=0.1)
    # Two of three have the first label, so that weighing the labels changes something.
    rows = [row for number, row in enumerate(sentences(220, seed=1)) if number % 4 != 1]
    write_csv(tmp_path / "training" / "train.csv", rows)
    write_csv(tmp_path / "testing" / "test.csv", sentences(20, seed=2))

    def trained(name: str, **changes: object) -> dict[str, torch.Tensor]:
        train_alone(arguments(tmp_path, base_model, tmp_path / name, epochs=1, **changes))
        return weights(tmp_path / name)

    first = trained("first")
    for name, tensor in trained("again").items():
        assert torch.equal(tensor, first[name]), name
    for change in (
        {"seed": 7},
        {"learning_rate": 1e-3},
        {"weight_decay": 0.5},
        {"warmup_ratio": 0.5},
        {"batch_size": 8},
        {"class_weights": "balanced"},
        {"label_smoothing": 0.1},
    ):
        changed = trained(str(change), **change)
        assert any(not torch.equal(tensor, first[name]) for name, tensor in changed.items()), change


def test_long_texts_are_cut_at_max_length(base_model: Path, data: Path, tmp_path: Path) -> None:
    args = arguments(data, base_model, tmp_path, max_length=12)
    _, tokenizer = load_base_model(args, ["x", "y"])
    split = Split(Sentences(["cat " * 600, "cat"], [("x",), ("y",)]), ["x", "y"], reader_of(tokenizer))
    assert split.lengths == [12, 3]


def test_trains_on_texts_of_600_tokens_and_on_any_number_of_labels(base_model: Path, tmp_path: Path) -> None:
    rows = [(f"{text} {'cat ' * 600}", f"{label} {n % 3}") for n, (text, label) in enumerate(sentences(25, seed=3))]
    for channel in ("training", "testing"):
        write_csv(tmp_path / channel / "rows.csv", rows)
    train_alone(arguments(tmp_path, base_model, tmp_path / "model", epochs=1, max_length=512))
    metrics = json.loads((tmp_path / "model" / "metrics.json").read_text())
    assert len(metrics["labels"]) == 6
    assert [warning for warning in metrics["warnings"] if "which are cut" in warning] == [
        f"{split} texts of more than 512 tokens, which are cut: {rows} of {rows}; raise --max_length, or "
        "read them by --overflow window"
        for split, rows in (("training", 23), ("validation", 2), ("test", 25))
    ]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"max_length": 513}, "--max_length is 513; base model .* takes at most 512"),
        ({"learning_rate": 1e30}, "the loss is no number any more in epoch 1; lower --learning_rate"),
        # Measured after each step, before another tells the loss.
        (
            {"learning_rate": 1e30, "epochs": 1, "batch_size": 64},
            "the model's weights are no numbers any more; lower --learning_rate",
        ),
    ],
)
def test_what_the_caller_can_mend_is_said(
    data: Path, base_model: Path, tmp_path: Path, change: dict[str, object], complaint: str
) -> None:
    with pytest.raises(InputError, match=complaint):
        train_alone(arguments(data, base_model, tmp_path, **change))


def test_what_is_no_base_model_is_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="base model '/no/such/folder' cannot be loaded"):
        train_alone(arguments(data, Path("/no/such/folder"), tmp_path / "model"))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(InputError, match="cannot be loaded"):
        train_alone(arguments(data, tmp_path, tmp_path / "model"))


def test_bf16_trains_too_and_saves_fp32(data: Path, base_model: Path, tmp_path: Path) -> None:
    train_alone(arguments(data, base_model, tmp_path, precision="bf16"))
    assert {tensor.dtype for tensor in weights(tmp_path).values()} == {torch.float32}
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["training"]["precision"] == "bfloat16"
    assert metrics["matthews_correlation"] > 0.9


def test_an_error_ends_in_one_sentence_without_traceback(data: Path, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, SOURCE / "train.py", "--training", data / "training", "--testing", tmp_path / "missing"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        f"ValueError: {tmp_path / 'missing'} is not a folder; it must hold .csv files with text,label"
    ]


def test_metrics_of_a_thousand_labels_are_small_and_the_same() -> None:
    size = 1000
    metrics = {
        "labels": [f"[ {label}, 1 ]" for label in range(size)],
        "confusion_matrix": [[row % 7 for _ in range(size)] for row in range(size)],
        "scores": [0.5, -1],
    }
    report = readable(metrics)
    assert json.loads(report) == metrics
    assert len(report) < 4_000_000
    assert f"    [{', '.join(['6'] * size)}],\n" in report


def test_texts_of_mistakes_are_kept_beside_the_artifact_and_only_if_asked(
    data: Path, base_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # One step is too few to learn anything.
    texts = {line.split(",")[0] for line in (data / "testing" / "test.csv").read_text().splitlines()}
    for choice in ("rows", "texts"):
        model, output = tmp_path / choice, tmp_path / f"{choice}-output"
        chosen = {"epochs": 1, "batch_size": 300, "mistakes": choice, "output_data_dir": str(output)}
        train_alone(arguments(data, base_model, model, **chosen))
        kept = files_in(output)
        assert kept == {"metrics.json"} | ({"mistakes.json"} if choice == "texts" else set())
        assert "mistakes.json" not in files_in(model)
        mistakes = json.loads((output / "metrics.json").read_text())["mistakes"]
        assert not texts & {str(value) for mistake in mistakes for value in mistake.values()}
    found = json.loads((output / "mistakes.json").read_text())
    rows = (data / "testing" / "test.csv").read_text().splitlines()
    assert found
    assert {row: [rows[int(row) - 1].split(",")[0]] for row in found} == found
    assert list(found) == [str(mistake["row"]) for mistake in mistakes]
    said = capsys.readouterr()
    assert not [text for (text,) in found.values() if text in said.out + said.err]


def test_a_model_that_is_surer_than_it_may_be_is_served_by_scores_that_are_not(artifact: Path, tmp_path: Path) -> None:
    """It answers one in five texts wrong and is sure of all; the steps hardly change it."""

    def noisy(count: int, seed: int) -> list[Row]:
        chance = random.Random(seed)
        return [
            (text, label if chance.random() < 0.8 else next(other for other in VERBS if other != label))
            for text, label in sentences(count, seed)
        ]

    sure = shutil.copytree(artifact, tmp_path / "sure")
    learned = weights(sure)
    learned["classifier.weight"] *= 5
    learned["classifier.bias"] *= 5
    save_file(learned, sure / "model.safetensors", metadata={"format": "pt"})
    write_csv(tmp_path / "training" / "train.csv", noisy(400, seed=1))
    write_csv(tmp_path / "testing" / "test.csv", noisy(300, seed=2))
    train_alone(arguments(tmp_path, sure, tmp_path / "model", epochs=1, learning_rate=1e-9))
    metrics = json.loads((tmp_path / "model" / "metrics.json").read_text())
    assert metrics["uncalibrated"]["calibration_error"] > 0.15
    assert metrics["calibration_error"] < 0.1
    assert metrics["loss"] < 0.7 < metrics["uncalibrated"]["loss"]


def test_where_no_epochs_are_asked_for_it_trains_for_as_many_as_the_rows_need(
    data: Path, base_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # 199 rows are 50 steps; as the rate is too low to learn anything, the second of ten measurements ends it.
    chosen = {"epochs": BY_SIZE, "batch_size": 4, "learning_rate": 1e-12, "patience": 1}
    train_alone(arguments(data, base_model, tmp_path, **chosen))
    training = json.loads((tmp_path / "metrics.json").read_text())["training"]
    assert training["epochs"] == epochs_for(199, 4) == 20
    assert training["steps"] < 1000
    assert " step=1/1000 " in capsys.readouterr().out
