"""The program of a SageMaker Processing job: classifies parts of a table by an artifact's handlers, as the API would.

    python classify_parts.py --model FOLDER --parts FOLDER --output FOLDER

The model's folder has model.tar.gz. A part is a file of JSON lines `{"inputs": ..., ...}`, where `inputs` is a text, or
what a model of pairs takes in its place. What comes of it has the same name, and the same lines in the same order with
the API's `answer` in the place of `inputs`, or with `error`, which says in one sentence why there is none. A line that
has no `inputs` stays as it is. No row fails a job.

There is one process per core, and each takes whole parts. What comes of a part gets its name when it is whole, so that
a part of that name is finished: a job that was killed goes on where it was, and ends with the same bytes. SageMaker
deals the parts out to several hosts (ShardedByS3Key); a host may well get none.

Exits with 0 when all parts are finished, else with 1.
"""

import argparse
import importlib
import json
import multiprocessing
import os
import sys
import tarfile
import time
from collections.abc import Iterator
from itertools import islice
from multiprocessing.connection import wait
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, NoReturn

# Rows that are answered together: as many as the handlers tokenize together, so that each meets others of its length.
WINDOW = 2048
# The end of a name as long as the part is not whole. SageMaker may upload it so; who reads the output leaves it out.
UNFINISHED = ".unfinished"


class BatchError(Exception):
    """The job cannot go on; the message is one sentence that says what is wrong, where, and how to mend it."""


class Job(NamedTuple):
    """What is to be done: `top_k` is as in a request to the API, `exit_message` where SageMaker looks for a reason."""

    artifact: Path
    parts: list[Path]
    output: Path
    top_k: int | None = None
    exit_message: Path | None = None


class PartClassifier:
    """Answers parts, one after the other, by what an artifact brings along."""

    def __init__(self, job: Job) -> None:
        sys.path.insert(0, str(job.artifact / "code"))
        self.handlers: Any = importlib.import_module("inference")
        self.contract: Any = importlib.import_module("contract")
        self.model: Any = self.handlers.model_fn(str(job.artifact))
        self.job = job

    def classify(self, part: Path) -> None:
        """Answers a part, unless it is finished already, and tells how that went."""
        target = self.job.output / part.name
        if target.exists():
            print(f"part={part.name} finished before", flush=True)
            return
        started = time.monotonic()
        rows = errors = 0
        # Another process, of a job that was killed, may still be at the same part.
        unfinished = self.job.output / f"{part.name}.{os.getpid()}{UNFINISHED}"
        with unfinished.open("w", encoding="utf-8") as lines:
            for window in windows(part):
                for row in self.answered(window):
                    rows += 1
                    errors += "error" in row
                    lines.write(json.dumps(row) + "\n")
        unfinished.replace(target)
        print(f"part={part.name} rows={rows} errors={errors} seconds={time.monotonic() - started:.1f}", flush=True)

    def answered(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows with their answers or errors, in their order."""
        texts: dict[int, Any] = {}
        outcomes: dict[int, dict[str, Any]] = {}
        for number, row in enumerate(rows):
            try:
                if "inputs" in row:
                    texts[number] = self.text(row["inputs"])
            except self.contract.RequestError as error:
                outcomes[number] = refusal(error)
        if texts:
            outcomes |= self.outcomes(texts)
        return [
            {name: value for name, value in row.items() if name != "inputs"} | outcomes.get(number, {})
            for number, row in enumerate(rows)
        ]

    def outcomes(self, texts: dict[int, Any]) -> dict[int, dict[str, Any]]:
        """The texts' answers or errors, by their numbers."""
        request = self.contract.Request(list(texts.values()), named=True, top_k=self.job.top_k)
        try:
            prediction = self.handlers.predict_fn(request, self.model)
        except self.contract.RequestError as error:
            if len(texts) == 1:
                return dict.fromkeys(texts, refusal(error))
            # One is too long for a model that refuses such; the others are asked for by themselves.
            return {number: self.outcomes({number: text})[number] for number, text in texts.items()}
        # As a server writes it, whatever an artifact's handlers hand from one to the other.
        answers = json.loads(self.handlers.output_fn(prediction, self.contract.JSON))
        return {number: {"answer": answer} for number, answer in zip(texts, answers, strict=True)}

    def text(self, inputs: Any) -> Any:
        """The text, or the pair of texts, that is a row's inputs. Raises the contract's RequestError."""
        texts = self.contract.read_texts([inputs])
        self.contract.refuse_other_inputs(self.contract.Request(texts), self.model.task)
        return texts[0]


def refusal(error: Exception) -> dict[str, Any]:
    """What stands in the place of an answer; the row is the first input of a request that has no other."""
    return {"error": str(error).replace("input 0", "this row", 1)}


def classify_parts(job: Job) -> None:
    """Answers all parts by a process per core. Raises BatchError when one is killed, SystemExit when one fails."""
    # Before they start: each has a core of its own.
    os.environ.update(OMP_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")
    # Not forked, so that nothing is inherited but what is said here.
    context = multiprocessing.get_context("spawn")
    taken = context.Value("i", 0)
    running = [
        context.Process(target=_take_parts, args=(job, taken, os.getpid()))
        for _ in range(min(_available_cores(), len(job.parts)))
    ]
    for process in running:
        process.start()
    try:
        while running:
            wait([process.sentinel for process in running])
            for process in [each for each in running if not each.is_alive()]:
                running.remove(process)
                if process.exitcode == 1:
                    # It has said why.
                    sys.exit(1)
                if process.exitcode != 0:
                    raise BatchError(
                        f"a process was ended by signal {-(process.exitcode or 0)}, maybe for want of memory; start "
                        "the job again, on a larger instance if need be: finished parts stay finished"
                    )
    finally:
        for process in running:
            process.kill()


def _take_parts(job: Job, taken: Any, parent: int) -> None:
    """What each process does: takes part after part, until none is left or nobody waits for it."""
    try:
        classifier = PartClassifier(job)
        while os.getppid() == parent:
            with taken.get_lock():
                number = taken.value
                taken.value += 1
            if number >= len(job.parts):
                return
            classifier.classify(job.parts[number])
    except BatchError as error:
        fail(str(error), job.exit_message)
    except Exception as error:
        # Of others' messages the artifact's own is about the artifact alone; any other could carry the text of a row.
        known = type(error).__name__ == "ArtifactError"
        fail(str(error) if known else f"the model failed: {type(error).__name__}", job.exit_message)


def windows(part: Path) -> Iterator[list[dict[str, Any]]]:
    """A part's rows, so many at a time. Raises BatchError for a line that is no row."""
    with part.open(encoding="utf-8") as lines:
        rows = (_row(line, f"{part.name}:{number}") for number, line in enumerate(lines, start=1))
        while window := list(islice(rows, WINDOW)):
            yield window


def _row(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise BatchError(f"{where} is no JSON object: the part was not written as a part is; cut the table again")
    return row


def _available_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def unpack(model: Path, target: Path) -> None:
    """Unpacks the artifact of a training job. Raises BatchError for what is none."""
    archive = model / "model.tar.gz"
    try:
        with tarfile.open(archive) as members:
            members.extractall(target, filter="data")
    except (OSError, tarfile.TarError) as error:
        raise BatchError(f"{archive} cannot be unpacked: {error}") from error
    if not (target / "code" / "inference.py").is_file():
        raise BatchError(
            f"{archive} is no artifact, for it has no code/inference.py: take one that training has written"
        )


def fail(message: str, exit_message: Path | None) -> NoReturn:
    """Ends this process with 1, and tells why: in the log, and to whoever asks for the job's ExitMessage."""
    if exit_message:
        exit_message.parent.mkdir(parents=True, exist_ok=True)
        exit_message.write_text(message, encoding="utf-8")
    sys.exit(message)


def main() -> None:
    """Exits with 1 when not all parts are finished."""
    parser = argparse.ArgumentParser(description="Classifies parts of a table by a trained artifact.")
    parser.add_argument("--model", type=Path, required=True, help="folder with model.tar.gz")
    parser.add_argument("--parts", type=Path, required=True, help="folder of parts")
    parser.add_argument("--output", type=Path, required=True, help="folder of what comes of them")
    parser.add_argument("--top_k", type=int, help="labels of an answer at most, as in a request to the API")
    parser.add_argument("--exit_message", type=Path, help="file for the reason of a failure: /opt/ml/output/message")
    args = parser.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    for unfinished in args.output.glob(f"*{UNFINISHED}"):
        unfinished.unlink()
    parts = sorted(file for file in args.parts.iterdir() if file.is_file())
    try:
        with TemporaryDirectory() as folder:
            unpack(args.model, Path(folder))
            classify_parts(Job(Path(folder), parts, args.output, args.top_k, args.exit_message))
    except BatchError as error:
        fail(str(error), args.exit_message)


if __name__ == "__main__":
    main()
