"""Training on two gloo processes of one thread against one such process; and for more hosts, on paper."""

import statistics
import sys
import tempfile
from pathlib import Path

from support.trainings import TRAIN, arguments_parser, print_table, run_training, show, write_splits

TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
# What it is; how it is started; threads of each process; rows per step over all processes.
WAYS = {
    "one": ("1 process, 1 thread, batch 32", [], 1, 32),
    "threads": ("1 process, 2 threads, batch 32", [], 2, 32),
    "split": ("2 processes, 1 thread each, batch 32: 16 rows each", TORCHRUN, 1, 32),
    "doubled": ("2 processes, 1 thread each, batch 64: 32 rows each", TORCHRUN, 1, 64),
}
# Parameters of MiniLM without its word embeddings, and those of a word; the words of CoLA's 8,551 sentences; fp32.
GRADIENT_BYTES = 4 * (10_994_000 + 384 * 5_600)
HOSTS = (1, 2, 8, 32)
GIGABITS = (1, 10, 25)


def main() -> None:
    parser = arguments_parser(__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="trainings of each kind")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        data = write_splits(args.data, args.rows, folder, testing=64)
        common = [
            *data,
            "--base_model",
            args.base_model,
            "--epochs",
            "2",
            "--patience",
            "10",
            "--model_dir",
            str(folder / "model"),
        ]

        def rate(way: str) -> float:
            _, start, threads, batch = WAYS[way]
            program = [*start, str(TRAIN), *common, "--batch_size", str(batch)]
            training = run_training(program, threads)
            print(f"{way}: {training}", file=sys.stderr, flush=True)
            return training.rows_per_second[-1]

        rounds = [{way: rate(way) for way in WAYS} for _ in range(args.rounds)]

    rates = {way: [each[way] for each in rounds] for way in WAYS}
    rows = [
        [what, show(rates[way]), f"{statistics.median(each[way] / each['one'] for each in rounds):.2f}"]
        for way, (what, *_) in WAYS.items()
    ]
    print_table(["training", "rows/s", "of one process"], rows)
    print()
    plan(32 / statistics.median(rates["threads"]))


def plan(compute: float) -> None:
    """Prints rows per second of more hosts, each with 32 rows per step, of `compute` seconds."""
    rows = []
    for hosts in HOSTS:
        cells = [str(hosts)]
        for gigabits in GIGABITS:
            # A ring sends and receives every gradient twice but for a host's own part.
            exchange = 2 * (hosts - 1) / hosts * GRADIENT_BYTES * 8 / (gigabits * 1e9)
            worst, best = compute / (compute + exchange), compute / max(compute, exchange)
            ideal = 32 * hosts / compute
            cells.append(f"{ideal * worst:.0f} to {ideal * best:.0f} ({worst:.0%} to {best:.0%})")
        rows.append(cells)
    print(f"{compute * 1000:.0f} ms per step, {GRADIENT_BYTES / 1e6:.0f} MB of gradients\n")
    print_table(["hosts", *(f"rows/s at {gigabits} Gbit/s (efficiency)" for gigabits in GIGABITS)], rows)


if __name__ == "__main__":
    main()
