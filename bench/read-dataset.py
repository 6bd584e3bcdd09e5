"""How training reads its data: time and memory over 1,000 to 1,000,000 generated sentences, tokenized."""

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from support.trainings import ROOT, laptop_model, print_table

SIZES = (1_000, 10_000, 100_000, 1_000_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each size, but one of the largest")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        read(args.child)
        return

    rows: list[list[str]] = []
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            write_sentences(size, Path(folder) / "rows.csv")
            results = [measure(folder) for _ in range(1 if size == SIZES[-1] else args.rounds)]
        seconds = statistics.median(result["seconds"] for result in results)
        megabytes = max(result["megabytes"] for result in results)
        rows.append([f"{size:,}", f"{seconds:.2f} s", f"{size / seconds:,.0f}", f"{megabytes:.0f} MB"])
    print_table(["rows", "time", "rows per second", "memory above that of the imports"], rows)


def write_sentences(rows: int, file: Path) -> None:
    """Texts of 4 to 18 words, no two alike, of two labels."""
    generator = random.Random(0)
    words = [start + end for start in "bdfklmnprst" for end in ("ear", "ill", "ock", "unt", "ay")]
    with file.open("w") as lines:
        lines.write("text,label\n")
        for row in range(rows):
            text = " ".join(generator.choices(words, k=generator.randint(4, 18)))
            lines.write(f"{text} {row},{'good' if row % 2 else 'bad'}\n")


def measure(folder: str) -> dict[str, float]:
    """Reads the folder in a process of its own."""
    output = subprocess.run([sys.executable, __file__, "--child", folder], check=True, stdout=subprocess.PIPE).stdout
    result: dict[str, float] = json.loads(output)
    return result


def read(folder: Path) -> None:
    """Does what train.py does before its first step, and prints how long it took and what it needed."""
    sys.path.insert(0, str(ROOT / "training-code" / "source"))
    from reading import reader_of
    from sentences import read_sentences
    from split import Split
    from transformers import AutoTokenizer

    reader = replace(reader_of(AutoTokenizer.from_pretrained(laptop_model())), max_length=128)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    Split(read_sentences(folder), ["bad", "good"], reader)
    seconds = time.perf_counter() - start
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps({"seconds": seconds, "megabytes": kilobytes / 1024}))


if __name__ == "__main__":
    main()
