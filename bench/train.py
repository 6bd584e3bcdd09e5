"""Training: rows per second, quality and memory, against the original sample's loop and one with dynamic padding."""

import statistics
import sys
import tempfile
from pathlib import Path

from support.trainings import ROOT, TRAIN, Training, arguments_parser, print_table, run_training, show, write_splits

PLAIN = str(ROOT / "bench" / "baselines" / "plain_loop.py")
# What it is; its program; the least by which training must be faster.
LOOPS = {
    "original": ("pad to 64, batch 64, fp32", [PLAIN, "--batch_size", "64", "--pad_to", "64"], "10"),
    "dynamic": ("dynamic padding, batch 32, fp32", [PLAIN, "--batch_size", "32"], "4"),
    "ours": ("train.py, batch 64", [str(TRAIN), "--batch_size", "64", "--patience", "10"], ""),
}
# Of one round: the second of two epochs, or all steps but the first, for at first everything is for the first time.
SPEED_ROWS = 512


def main() -> None:
    parser = arguments_parser(__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="short trainings of each loop, for rows per second")
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2, 3], help="whole trainings of each scored loop")
    parser.add_argument(
        "--scored", nargs="*", choices=LOOPS, default=["dynamic", "ours"], help="loops whose quality is measured"
    )
    parser.add_argument("--epochs", type=int, default=10, help="epochs of a whole training")
    parser.add_argument("--learning_rate", default="1.5e-4", help="highest learning rate, for all loops")
    parser.add_argument("--threads", type=int, default=2, help="threads of each training")
    args = parser.parse_args()
    if args.rounds < 1:
        parser.error(f"--rounds must be 1 or more, not {args.rounds}: the speed is compared in rounds")

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        whole = write_splits(args.data, args.rows, folder / "whole")
        part = write_splits(args.data, SPEED_ROWS, folder / "part", testing=64)

        def trained(name: str, data: list[str], epochs: int, seed: int) -> Training:
            recipe = ["--base_model", args.base_model, "--epochs", str(epochs), "--learning_rate", args.learning_rate]
            program = [*LOOPS[name][1], *data, *recipe, "--seed", str(seed)]
            if name == "ours":
                program += ["--model_dir", str(folder / "model")]
            training = run_training(program, args.threads)
            print(f"{name}, seed {seed}: {training}", file=sys.stderr, flush=True)
            return training

        short = [{name: trained(name, part, epochs=2, seed=0) for name in LOOPS} for _ in range(args.rounds)]
        scored = [{name: trained(name, whole, args.epochs, seed) for name in args.scored} for seed in args.seeds]

    rates = {name: [one[name].rows_per_second[-1] for one in short] for name in LOOPS}
    rows = []
    for name, (what, _, least) in LOOPS.items():
        # In pairs: what else ran on the machine in a round befell both.
        faster = statistics.median(ours / other for ours, other in zip(rates["ours"], rates[name], strict=True))
        scores = [one[name].matthews_correlation for one in scored if name in one]
        each = ", ".join(f"{score:.3f}" for score in scores)
        peak = max(one[name].peak_bytes for one in short + scored if name in one)
        rows.append(
            [
                what,
                show(rates[name]),
                f"{faster:.1f}" if least else "",
                least,
                f"{statistics.mean(scores):.3f} ({each})" if scores else "not measured",
                f"{peak / 1e9:.2f} GB",
            ]
        )
    header = ["loop", "rows/s", "train.py is faster", "at least", "Matthews correlation (per seed)", "peak memory"]
    print_table(header, rows)


if __name__ == "__main__":
    main()
