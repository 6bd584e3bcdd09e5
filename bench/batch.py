"""Rows per second and memory of classify_parts.py over all cores, against the artifact's engine in process on each."""

import json
import multiprocessing
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from support.artifacts import artifact, artifacts_parser, asked_rows
from support.trainings import print_table, show

PROGRAM = Path(__file__).parents[1] / "training-code" / "batch" / "classify_parts.py"
# As many as the program asks for at once.
WINDOW = 2048
LEAST = 0.9
MOST_GROWTH = 1.1


class Measured(NamedTuple):
    """What one run came to: rows per second over all cores, and the most memory of one of its processes, in MB."""

    rate: float
    megabytes: float


def main() -> None:
    parser = artifacts_parser(__doc__, rounds="times that each is measured")
    parser.add_argument("--table-rows", type=int, default=200_000, help="rows of the table")
    parser.add_argument("--times", type=int, default=5, help="how much longer the table is whose memory is compared")
    args = parser.parse_args()
    folder = artifact(args, 1)
    asked, _ = asked_rows(args)
    cores = len(os.sched_getaffinity(0))
    os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")
    # No two alike, as an engine could answer those at once.
    texts = [f"{asked[row % len(asked)]} {row // len(asked)}" for row in range(args.table_rows)]
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        (root / "model").mkdir()
        with tarfile.open(root / "model" / "model.tar.gz", "w:gz") as archive:
            archive.add(folder, arcname=".")
        write_parts(root / "parts", texts)
        engine: list[float] = []
        program: list[Measured] = []
        for number in range(args.rounds):
            engine.append(engine_rate(folder, texts, cores))
            program.append(run_program(root, root / "parts", root / f"output-{number}", len(texts)))
        rates = [each.rate for each in program]
        ratio = sum(rates) / sum(engine)
        print_table(
            [f"{len(texts)} rows on {cores} cores", "rows/s", "of the engine's", "at least"],
            [
                ["engine in process, one on each core", show(engine), "", ""],
                ["classify_parts.py, from start to end", show(rates), f"{ratio:.2f}", str(LEAST)],
            ],
        )
        if args.times > 1:
            write_parts(root / "longer", texts * args.times)
            longer = run_program(root, root / "longer", root / "output-longer", len(texts) * args.times)
            growth = longer.megabytes / program[0].megabytes
            print_table(
                ["rows", "most memory of a process, MB", "growth", "at most"],
                [
                    [str(len(texts)), f"{program[0].megabytes:.0f}", "", ""],
                    [str(len(texts) * args.times), f"{longer.megabytes:.0f}", f"{growth:.2f}", str(MOST_GROWTH)],
                ],
            )


def write_parts(folder: Path, texts: list[str]) -> None:
    """As a run cuts them (rowsOfPart in lambda/shared/batch.ts)."""
    folder.mkdir()
    start = part = 0
    while start < len(texts):
        end = start + min(50_000, 5_000 * 2 ** (part // 16))
        lines = (json.dumps({"inputs": text, "record": [text]}) + "\n" for text in texts[start:end])
        (folder / f"00000-{part:05}.jsonl").write_text("".join(lines), encoding="utf-8")
        start, part = end, part + 1


def run_program(root: Path, parts: Path, output: Path, rows: int) -> Measured:
    folders = ["--model", str(root / "model"), "--parts", str(parts), "--output", str(output)]
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, str(PROGRAM), *folders], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit("classify_parts.py failed; see above")
    return Measured(rows / (time.perf_counter() - started), usage.ru_maxrss / 1024)


def engine_rate(folder: Path, texts: list[str], cores: int) -> float:
    """Rows per second of all cores at once, each with an engine of its own; without the time that it takes to load."""
    context = multiprocessing.get_context("spawn")
    share = len(texts) // cores
    shares: list[Any] = [(str(folder), texts[core * share : (core + 1) * share], core) for core in range(cores)]
    with context.Pool(cores) as pool:
        return sum(pool.map(_engine_rate, shares, chunksize=1))


def _engine_rate(given: tuple[str, list[str], int]) -> float:
    folder, texts, _ = given
    sys.path.insert(0, str(Path(folder) / "code"))
    import contract
    import inference

    model = inference.model_fn(folder)
    started = time.perf_counter()
    for start in range(0, len(texts), WINDOW):
        inference.predict_fn(contract.Request(texts[start : start + WINDOW], named=True), model)
    return len(texts) / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
