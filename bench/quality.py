"""What is learned: train.py against transformers.Trainer with its best flags, in pairs of the same seed and rows."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from support.trainings import ROOT, SPINS, TRAIN, arguments_parser, print_table, write_splits

TRAINER = ROOT / "bench" / "baselines" / "trainer.py"
# What is compared, with the digits that tell.
SCORES = {
    "matthews_correlation": (3, "MCC"),
    "macro_f1": (3, "macro F1"),
    "loss": (3, "test loss"),
    "calibration_error": (3, "calibration error"),
    "rows_per_second": (0, "rows/s"),
    "seconds": (0, "seconds to the kept weights"),
}


def main() -> None:
    parser = arguments_parser(__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--testing", type=Path, help="CSV to test by, instead of the rows that are left")
    parser.add_argument("--learning_rate", default="5e-5")
    parser.add_argument("--batch_size", default="16")
    parser.add_argument("--epochs", help="passes over the rows, instead of what train.py's rule gives")
    parser.add_argument("--threads", type=int, default=2, help="threads of each training")
    parser.add_argument(
        "--sampling",
        nargs="+",
        default=["group_by_length", "random"],
        help="how transformers.Trainer makes its batches",
    )
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        data = write_splits(args.data, args.rows, folder)
        if args.testing:
            (folder / "testing" / "rows.csv").write_bytes(args.testing.read_bytes())
        recipe = [
            "--base_model",
            args.base_model,
            "--learning_rate",
            args.learning_rate,
            "--batch_size",
            args.batch_size,
            *(("--epochs", args.epochs) if args.epochs else ()),
        ]

        def trained(sampling: str | None, seed: int) -> dict[str, float]:
            command = [*data, *recipe, "--seed", str(seed)]
            scores = (
                by_train(command, folder / "model", args.threads)
                if sampling is None
                else by_trainer([*command, "--train_sampling_strategy", sampling], args.threads)
            )
            print(f"{sampling or 'ours'}, seed {seed}: {scores}", file=sys.stderr, flush=True)
            return scores

        runs = [{sampling: trained(sampling, seed) for sampling in (None, *args.sampling)} for seed in args.seeds]

    def row(title: str, values: dict[str, list[float]]) -> list[str]:
        return [title, *(cell(values[score], digits) for score, (digits, _) in SCORES.items())]

    rows = [row("train.py", {score: [run[None][score] for run in runs] for score in SCORES})]
    for sampling in args.sampling:
        scores = {score: [run[sampling][score] for run in runs] for score in SCORES}
        differences = {score: [run[None][score] - run[sampling][score] for run in runs] for score in SCORES}
        rows += [row(f"transformers.Trainer, {sampling}", scores), row("difference", differences)]
    print(f"{args.data.name}, {args.rows} rows, {len(args.seeds)} seeds: mean (standard deviation)")
    print_table(["", *(title for _, title in SCORES.values())], rows)


def by_train(command: list[str], model: Path, threads: int) -> dict[str, float]:
    """What the artifact's metrics.json says of what serves, and how long it took until the weights were there."""
    started = time.perf_counter()
    seconds = 0.0
    with started_program([str(TRAIN), *command, "--model_dir", str(model)], threads) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("exporting"):
                seconds = time.perf_counter() - started
    if process.returncode != 0:
        sys.exit(f"{TRAIN.name} failed")
    metrics = json.loads((model / "metrics.json").read_text())
    scores = {name: metrics[name] for name in SCORES if name in metrics}
    return scores | {"rows_per_second": metrics["training"]["rows_per_second"], "seconds": seconds}


def by_trainer(command: list[str], threads: int) -> dict[str, float]:
    """The same of the rival, whose scores nothing makes fit."""
    started = time.perf_counter()
    with started_program([str(TRAINER), *command], threads) as process:
        output, _ = process.communicate()
    if process.returncode != 0:
        sys.exit(f"{TRAINER.name} failed")
    scores = json.loads(output.splitlines()[-1])
    return {name: scores[name] for name in SCORES if name in scores} | {"seconds": time.perf_counter() - started}


def started_program(program: list[str], threads: int) -> "subprocess.Popen[str]":
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "GOMP_SPINCOUNT": SPINS}
    return subprocess.Popen([sys.executable, *program], env=environment, stdout=subprocess.PIPE, text=True)


def cell(values: list[float], digits: int) -> str:
    """The mean, and the standard deviation where there are several."""
    spread = f" ({statistics.stdev(values):.{digits}f})" if len(values) > 1 else ""
    return f"{statistics.mean(values):.{digits}f}{spread}"


if __name__ == "__main__":
    main()
