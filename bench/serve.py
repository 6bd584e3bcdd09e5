"""The model server over HTTP, one sentence a request: rate, latency and memory, against its engine alone and others.

Needs wrk, a load generator in C that takes little of the cores (Debian: apt-get install wrk).
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from support.artifacts import artifact, artifacts_parser, asked_rows
from support.trainings import ROOT, print_table, show

SERVER = ROOT / "training-code" / "model_server" / "serve.py"
LUA = ROOT / "bench" / "support" / "post.lua"
CONNECTIONS = (1, 16)
LOAD = 0.7
# Our rate over theirs at 16 connections.
LEAST = {"Infinity": "5", "Hugging Face toolkit": "4", "as on AWS": "at most 1.43"}
IN_PROCESS = """
import json, os, sys, threading, time
os.environ.update(OMP_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")
sys.path.insert(0, sys.argv[1] + "/code")
import inference
model = inference.model_fn(sys.argv[1])
bodies = open(sys.argv[2]).read().splitlines()
def work(share):
    for body in share:
        request = inference.input_fn(body, "application/json")
        inference.output_fn(inference.predict_fn(request, model), "application/json")
work(bodies[:50])
cores = len(os.sched_getaffinity(0))
threads = [threading.Thread(target=work, args=(bodies[core::cores],)) for core in range(cores)]
started = time.perf_counter()
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(bodies) / (time.perf_counter() - started))
"""


class Result(NamedTuple):
    """Requests per second, and milliseconds."""

    rate: float
    p50: float
    p99: float


class Target(NamedTuple):
    """Where to post which bodies."""

    url: str
    bodies: Path


def main() -> None:
    parser = artifacts_parser(__doc__, rounds="times that each is measured")
    parser.add_argument("--seconds", type=int, default=3, help="time of one measurement")
    parser.add_argument(
        "--against",
        nargs=3,
        action="append",
        default=[],
        metavar=("NAME", "URL", "BODY"),
        help="a server that runs already; in BODY the word TEXT stands for the sentence as JSON",
    )
    args = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("wrk is not installed; on Debian: apt-get install wrk")
    folder = artifact(args, seed=1)
    texts, _ = asked_rows(args)

    with tempfile.TemporaryDirectory() as temporary, serving(folder) as (url, process):
        targets = {"ours": Target(f"{url}/invocations", write_bodies(Path(temporary, "ours"), "TEXT", texts))}
        for name, address, body in args.against:
            targets[name] = Target(address, write_bodies(Path(temporary, name), body, texts))
        rates: dict[tuple[str, int], list[Result]] = {(name, each): [] for name in targets for each in CONNECTIONS}
        loaded: list[Result] = []
        in_process: list[float] = []
        for round_number in range(args.rounds + 1):
            for (name, connections), results in rates.items():
                result = wrk(targets[name], connections, args.seconds)
                if round_number > 0:
                    results.append(result)
            saturated = wrk(targets["ours"], max(CONNECTIONS), args.seconds)
            # So many connections that one is always free when the next request is due.
            light = wrk(targets["ours"], 64, args.seconds, LOAD * saturated.rate)
            alone = subprocess.check_output(
                [sys.executable, "-c", IN_PROCESS, str(folder), str(targets["ours"].bodies)]
            )
            if round_number > 0:
                loaded.append(light)
                in_process.append(float(alone))
        status = Path(f"/proc/{process.pid}/status").read_text()
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)

    most = max(CONNECTIONS)
    ours = statistics.median(result.rate for result in rates["ours", most])
    rows = []
    for name in targets:
        rate = [result.rate for result in rates[name, most]]
        more = "" if name == "ours" else f"{ours / statistics.median(rate):.1f}"
        each = [show([result.rate for result in rates[name, connections]]) for connections in CONNECTIONS]
        latency = " / ".join(f"{statistics.median(r.p50 for r in rates[name, c]):.1f}" for c in CONNECTIONS)
        rows.append([name, *each, more, LEAST.get(name, ""), latency])
    header = [f"requests/s, {connections} connection(s)" for connections in CONNECTIONS]
    print_table(["server", *header, "ours answers more", "at least", "p50 in ms"], rows)
    print()
    share = ours / statistics.median(in_process)
    tail = statistics.median(result.p99 / result.p50 for result in loaded)
    at_load = f"{statistics.median(r.p50 for r in loaded):.1f} / {statistics.median(r.p99 for r in loaded):.1f} ms"
    reached = statistics.median(result.rate for result in loaded)
    print_table(
        ["what", "measured", "target"],
        [
            [f"in process, {len(os.sched_getaffinity(0))} threads, one sentence each", show(in_process), ""],
            [f"{most} connections over in process", f"{share:.2f}", "at least 0.6"],
            [f"p50 / p99 at {reached / ours:.0%} of saturation", at_load, ""],
            ["p99 over p50", f"{tail:.2f}", "at most 2"],
            ["most memory of the server", f"{int(peak[1]) / 1000:.0f} MB" if peak else "unknown", "at most 400 MB"],
        ],
    )


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The server on all cores, and its address."""
    command = [sys.executable, str(SERVER), "--model-dir", str(folder), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().removeprefix("listening on ").strip(), process
        finally:
            process.terminate()


def write_bodies(file: Path, template: str, texts: list[str]) -> Path:
    """One body a line."""
    file.write_text("\n".join(template.replace("TEXT", json.dumps(text)) for text in texts), encoding="utf-8")
    return file


def wrk(target: Target, connections: int, seconds: int, rate: float = 0) -> Result:
    """Loads the target for some seconds, as fast as it answers or at an even `rate` per second."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(LUA), target.url]
    environment = {**os.environ, "BODIES": str(target.bodies), "RATE": str(rate)}
    output = subprocess.check_output(command, env=environment, text=True)
    found = re.search(r"RESULT (\S+) (\S+) (\S+) (\d+)", output)
    if not found or found[4] != "0":
        sys.exit(f"{target.url} did not answer all requests: {output}")
    return Result(*(float(found[number]) for number in (1, 2, 3)))


if __name__ == "__main__":
    main()
