"""The program of a SageMaker Processing job: classifies parts of a table by an artifact's handlers, as the API would.

    python classify_parts.py --model FOLDER --parts FOLDER --output FOLDER

The model's folder has model.tar.gz. A part is a file of JSON lines `{"inputs": ..., ...}`, where `inputs` is a text, or
what a model of pairs takes in its place. What comes of it has the same name, and the same lines in the same order with
the API's `answer` in the place of `inputs`, or with `error`, which says in one sentence why there is none. A line that
has no `inputs` stays as it is. No row fails a job.

The answer has the best label, or of a model of several labels those that reach their thresholds. With `--scores all`
it has every label, and `reached` says how many of the first ones are the row's. `truncated` marks a text that was cut.

There is one process per core, and each takes whole parts, the largest first. What comes of a part gets its name when
it is whole, so that a part of that name is finished: a job that was killed goes on where it was, and ends with the same
bytes. SageMaker deals the parts out to several hosts (ShardedByS3Key); a host may well get none.

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
    """What is to be done: `overflow` as in a request to the API, `exit_message` where SageMaker looks for a reason."""

    artifact: Path
    parts: list[Path]
    output: Path
    all_scores: bool = False
    overflow: str | None = None
    exit_message: Path | None = None


class PartClassifier:
    """Answers parts, one after the other, by what an artifact brings along."""

    def __init__(self, job: Job) -> None:
        sys.path.insert(0, str(job.artifact / "code"))
        self.handlers: Any = importlib.import_module("inference")
        self.contract: Any = importlib.import_module("contract")
        self.model: Any = self.handlers.model_fn(str(job.artifact))
        self.job = job
        task = self.model.task
        best = 1 if task.thresholds is None else None
        options = {} if job.overflow is None else {"overflow": job.overflow}
        if not options.keys() <= set(self.contract.Request._fields):
            raise BatchError("the model is of before 'overflow' could be chosen: leave it out, or train again")
        self.request: Any = self.contract.Request(
            [], named=True, top_k=len(task.labels) if job.all_scores else best, **options
        )
        if options:
            try:
                self.contract.overflow_of(self.request, task)
            except self.contract.RequestError as error:
                raise BatchError(str(error)) from error

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
        try:
            prediction = self.handlers.predict_fn(self.request._replace(texts=list(texts.values())), self.model)
        except self.contract.RequestError as error:
            if len(texts) == 1:
                return dict.fromkeys(texts, refusal(error))
            # One is too long for a model that refuses such: it is looked for by halves.
            rows = list(texts.items())
            middle = len(rows) // 2
            return self.outcomes(dict(rows[:middle])) | self.outcomes(dict(rows[middle:]))
        # As a server writes it, whatever an artifact's handlers hand from one to the other.
        answered = json.loads(
            self.handlers.output_fn(prediction, getattr(self.contract, "DETAILS", self.contract.JSON))
        )
        if not isinstance(answered, dict):
            answered = {"predictions": answered, "truncated_inputs": []}
        outcomes = [self.outcome(answer) for answer in answered["predictions"]]
        for index in answered["truncated_inputs"]:
            outcomes[index]["truncated"] = True
        return dict(zip(texts, outcomes, strict=True))

    def outcome(self, answer: list[dict[str, Any]]) -> dict[str, Any]:
        """What becomes of a row with this answer."""
        task = self.model.task
        if not self.job.all_scores:
            return {"answer": answer}
        if task.thresholds is None:
            return {"answer": answer, "reached": 1}
        thresholds = dict(zip(task.labels, task.thresholds, strict=True))
        return {"answer": answer, "reached": sum(each["score"] >= thresholds[each["label"]] for each in answer)}

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
    # Python has it since 3.11.4. Before, it goes without, for the artifact's own code is run in any case.
    safely: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    try:
        with tarfile.open(archive) as members:
            members.extractall(target, **safely)
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
    parser.add_argument("--scores", choices=["best", "all"], default="best", help="which labels an answer has")
    parser.add_argument("--overflow", choices=["truncate", "error", "window"], help="as in a request to the API")
    parser.add_argument("--exit_message", type=Path, help="file for the reason of a failure: /opt/ml/output/message")
    args = parser.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    for unfinished in args.output.glob(f"*{UNFINISHED}"):
        unfinished.unlink()
    # The largest first, so that in the end no core is at a large one alone.
    parts = sorted(
        (file for file in args.parts.iterdir() if file.is_file()), key=lambda file: (-file.stat().st_size, file)
    )
    try:
        with TemporaryDirectory() as folder:
            unpack(args.model, Path(folder))
            classify_parts(
                Job(Path(folder), parts, args.output, args.scores == "all", args.overflow, args.exit_message)
            )
    except BatchError as error:
        fail(str(error), args.exit_message)


if __name__ == "__main__":
    main()
