"""What a Processing job leaves: the API's answers, whole and once, whatever is killed."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from classify_parts import BatchError, unpack, windows
from conftest import PROJECT, pack, sentences
from contract import Request
from inference import model_fn, predict_fn

PROGRAM = PROJECT / "batch" / "classify_parts.py"
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
# Answers after a while what anybody can tell, so that there is time to kill it.
SLOW_HANDLERS = """
import json, time
from pathlib import Path
from types import SimpleNamespace
from contract import Task

def model_fn(model_dir):
    return SimpleNamespace(task=Task(["short", "long"]), seconds=json.loads((Path(model_dir) / "seconds").read_text()))

def predict_fn(request, model):
    time.sleep(model.seconds)
    if "secret" in request.texts[0]:
        raise ValueError(request.texts[0])
    return [[{"label": "long" if len(text) > 9 else "short", "score": len(text)}] for text in request.texts]

def output_fn(prediction, accept):
    return json.dumps(prediction)
"""

# As the real ones from the logits on.
SEVERAL_LABELS_HANDLERS = """
from types import SimpleNamespace
from contract import Task, answer, output_fn

def model_fn(model_dir):
    return SimpleNamespace(task=Task(["many y", "few x"], thresholds=[0.9, 0.6]))

def predict_fn(request, model):
    return answer(request, [[text.count("y") - 2.5, text.count("x") - 1.5] for text in request.texts], model.task)
"""

Row = dict[str, Any]


def write_parts(folder: Path, parts: Sequence[Sequence[Row]]) -> Path:
    """A folder of parts, as they are cut."""
    folder.mkdir(parents=True)
    for number, rows in enumerate(parts):
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"part-{number:05}.jsonl").write_text(lines, encoding="utf-8")
    return folder


def command(model: Path, parts: Path, output: Path, *more: str) -> list[str]:
    """The program as Processing starts it."""
    return [
        *(sys.executable, "-B", str(PROGRAM), "--model", str(model), "--parts", str(parts)),
        *("--output", str(output), "--exit_message", str(output.parent / "message"), *more),
    ]


def run(model: Path, parts: Path, output: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(model, parts, output, *more), capture_output=True, text=True, check=False, timeout=300
    )


def rows_of(output: Path, number: int = 0) -> list[Row]:
    lines = (output / f"part-{number:05}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def content(output: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in output.iterdir()}


@pytest.fixture(scope="module")
def model(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trained artifact's archive, in a folder as an input of the job is."""
    return pack(artifact, tmp_path_factory.mktemp("batch") / "model")


def model_of(folder: Path, handlers: str, **files: str) -> Path:
    """An archive with handlers that need no model, and with other files."""
    code = folder / "artifact" / "code"
    code.mkdir(parents=True)
    (code / "inference.py").write_text(handlers)
    shutil.copy(PROJECT / "source" / "contract.py", code)
    for name, content in files.items():
        (code.parent / name).write_text(content)
    return pack(code.parent, folder / "model")


def slow_model(folder: Path, seconds: float) -> Path:
    return model_of(folder, SLOW_HANDLERS, seconds=str(seconds))


def test_answers_as_the_endpoint_does_and_keeps_all_else_of_a_row(
    artifact: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [text for text, _ in sentences(300, seed=5)]
    rows = [
        {"row": number, "inputs": text, "columns": {"text": text, "ключ": None}} for number, text in enumerate(texts)
    ]
    parts = write_parts(tmp_path / "parts", [rows[:200], rows[200:]])
    ended = run(model, parts, tmp_path / "output", "--scores", "all")
    assert ended.returncode == 0, ended.stderr
    assert "part=part-00001.jsonl rows=100 errors=0 seconds=" in ended.stdout

    answered = rows_of(tmp_path / "output", 0) + rows_of(tmp_path / "output", 1)
    assert [{key: row[key] for key in ("row", "columns")} for row in answered] == [
        {"row": number, "columns": {"text": text, "ключ": None}} for number, text in enumerate(texts)
    ]
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    expected = predict_fn(Request(texts, named=True), model_fn(str(artifact))).predictions
    for row, labels in zip(answered, expected, strict=True):
        assert row.keys() == {"row", "columns", "answer", "reached"}
        assert row["reached"] == 1
        assert [each["label"] for each in row["answer"]] == [each["label"] for each in labels]
        assert [each["score"] for each in row["answer"]] == pytest.approx([each["score"] for each in labels], abs=1e-5)

    assert run(model, parts, tmp_path / "best").returncode == 0
    assert [row["answer"] for row in rows_of(tmp_path / "best")] == [row["answer"][:1] for row in answered[:200]]


def test_of_several_labels_those_are_told_that_reach_their_thresholds(tmp_path: Path) -> None:
    model = model_of(tmp_path, SEVERAL_LABELS_HANDLERS)
    parts = write_parts(tmp_path / "parts", [[{"inputs": text} for text in ("xx", "yyyyy", "xxyyyyy", "z")]])
    assert run(model, parts, tmp_path / "best").returncode == 0
    assert run(model, parts, tmp_path / "all", "--scores", "all").returncode == 0
    best = [[each["label"] for each in row["answer"]] for row in rows_of(tmp_path / "best")]
    assert best == [["few x"], ["many y"], ["many y", "few x"], []]
    every = rows_of(tmp_path / "all")
    assert {len(row["answer"]) for row in every} == {2}
    assert [[each["label"] for each in row["answer"][: row["reached"]]] for row in every] == best


def test_long_texts_are_cut_and_told_or_refused_as_asked(model: Path, tmp_path: Path) -> None:
    texts = [text for text, _ in sentences(6, seed=7)]
    texts[4] = "the cat sleeps " * 200
    parts = write_parts(tmp_path / "parts", [[{"inputs": text} for text in texts]])
    assert run(model, parts, tmp_path / "cut").returncode == 0
    cut = rows_of(tmp_path / "cut")
    assert [row.get("truncated", False) for row in cut] == [row == 4 for row in range(6)]
    assert run(model, parts, tmp_path / "refused", "--overflow", "error").returncode == 0
    refused = rows_of(tmp_path / "refused")
    assert [row for row in refused if "error" not in row] == [*cut[:4], *cut[5:]]
    assert refused[4]["error"].startswith("this row has 602 tokens, more than the ")


def test_a_bad_row_is_a_row_with_an_error(model: Path, tmp_path: Path) -> None:
    inputs = [
        *(
            "the cat sleeps",
            "",
            " \n",
            7,
            None,
            ["the cat"],
            "half \ud800",
            {"text": "a", "text_pair": "b"},
            {"text": "a"},
        ),
    ]
    rows = [{"row": number, "inputs": each} for number, each in enumerate(inputs)]
    told: Row = {"row": len(inputs), "error": "the row is not UTF-8"}
    part = write_parts(tmp_path / "parts", [[]]) / "part-00000.jsonl"
    part.write_text("".join(json.dumps(row) + "\n" for row in [*rows, told]))
    ended = run(model, part.parent, tmp_path / "output")
    assert ended.returncode == 0, ended.stderr
    assert "rows=10 errors=9" in ended.stdout
    good, *bad = rows_of(tmp_path / "output")
    assert good["answer"][0]["label"] == "acceptable"
    assert [row["row"] for row in bad] == list(range(1, 10))
    assert [row["error"] for row in bad] == [
        "this row is empty",
        "this row is empty",
        "this row is not a text",
        "this row is not a text",
        "this row is not a text",
        "this row is not valid Unicode: it has half of a surrogate pair",
        "this row is a pair: this model classifies single texts",
        'this row has no \'text_pair\'; a pair is {"text": ..., "text_pair": ...}',
        "the row is not UTF-8",
    ]
    assert not any("answer" in row for row in bad)


def test_one_two_and_four_hosts_leave_the_same_bytes(model: Path, tmp_path: Path) -> None:
    texts = [text for text, _ in sentences(70, seed=6)]
    # In each part other company.
    parts = [[{"row": row, "inputs": texts[row]} for row in range(start, 70, 5)] for start in range(5)]
    names = sorted(file.name for file in write_parts(tmp_path / "all", parts).iterdir())
    left = []
    for hosts in (1, 2, 4):
        merged: dict[str, bytes] = {}
        for host in range(hosts):
            folder = tmp_path / f"{host}-of-{hosts}"
            (folder / "parts").mkdir(parents=True)
            for name in names[host::hosts]:
                shutil.copy(tmp_path / "all" / name, folder / "parts")
            assert run(model, folder / "parts", folder / "output").returncode == 0
            merged |= content(folder / "output")
        left.append(merged)
    assert left[0].keys() == set(names)
    assert left[0] == left[1] == left[2]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="macOS pins no process to a core")
def test_the_largest_part_comes_first(tmp_path: Path) -> None:
    model = slow_model(tmp_path, seconds=0)
    parts = write_parts(
        tmp_path / "parts", [[{"row": row, "inputs": "a"} for row in range(rows)] for rows in (2, 9, 5)]
    )
    core = min(os.sched_getaffinity(0))
    ended = subprocess.run(
        ["taskset", "--cpu-list", str(core), *command(model, parts, tmp_path / "output")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.findall(r"rows=(\d+)", ended.stdout) == ["9", "5", "2"]


@pytest.mark.filterwarnings("ignore:Python 3.14 will:DeprecationWarning")
def test_a_python_whose_tarfile_has_no_filters_unpacks_too(
    artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Debian 12's own, 3.11.2."""
    extractall = tarfile.TarFile.extractall

    def unfiltered(self: tarfile.TarFile, path: Path) -> None:
        extractall(self, path)

    monkeypatch.delattr(tarfile, "data_filter", raising=False)
    monkeypatch.setattr(tarfile.TarFile, "extractall", unfiltered)
    pack(artifact, tmp_path / "channel")
    unpack(tmp_path / "channel", tmp_path / "unpacked")
    assert (tmp_path / "unpacked" / "code" / "inference.py").is_file()


def test_a_host_may_get_no_part(model: Path, tmp_path: Path) -> None:
    assert run(model, write_parts(tmp_path / "parts", []), tmp_path / "output").returncode == 0
    assert content(tmp_path / "output") == {}


def processes_of(pid: int) -> list[int]:
    """The processes that classify, of the program with this id."""
    command = ["ps", "-ww", "-A", "-o", "pid=", "-o", "ppid=", "-o", "args="]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    processes = [line.split(None, 2) for line in found]
    return [int(child) for child, parent, args in processes if int(parent) == pid and "spawn_main" in args]


@pytest.mark.parametrize("whom", ["a process", "the program"])
def test_after_a_kill_finished_parts_stay_and_the_rest_is_made_up(whom: str, tmp_path: Path) -> None:
    model = slow_model(tmp_path, seconds=0.4)
    rows = [{"row": row, "inputs": "a" * row} for row in range(1, 20)]
    parts = write_parts(tmp_path / "parts", [rows] * (3 * CORES + 3))
    output = tmp_path / "output"
    with subprocess.Popen(
        command(model, parts, output), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout
        assert "rows=19" in program.stdout.readline()
        classifying = processes_of(program.pid)
        assert len(classifying) == CORES
        os.kill(classifying[0] if whom == "a process" else program.pid, signal.SIGKILL)
        assert program.wait(timeout=60) == (1 if whom == "a process" else -signal.SIGKILL)
        # Nobody goes on alone.
        deadline = time.monotonic() + 30
        while any(Path(f"/proc/{pid}").exists() for pid in classifying) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not any(Path(f"/proc/{pid}").exists() for pid in classifying)
    if whom == "a process":
        assert (tmp_path / "message").read_text().startswith("a process was ended by signal 9")
    finished = {name: (output / name).stat().st_ino for name in content(output) if name.endswith(".jsonl")}
    assert 0 < len(finished) < len(list(parts.iterdir()))

    assert run(model, parts, output).returncode == 0
    assert {name: (output / name).stat().st_ino for name in finished} == finished
    assert run(model, parts, tmp_path / "undisturbed").returncode == 0
    assert content(output) == content(tmp_path / "undisturbed")


def test_a_failure_is_told_without_a_text(tmp_path: Path) -> None:
    parts = write_parts(tmp_path / "parts", [[{"row": 0, "inputs": "a secret"}]])
    ended = run(slow_model(tmp_path, seconds=0), parts, tmp_path / "output")
    assert (ended.returncode, ended.stderr.strip()) == (1, "the model failed: ValueError")
    assert (tmp_path / "message").read_text() == "the model failed: ValueError"
    assert [name for name in content(tmp_path / "output") if name.endswith(".jsonl")] == []


@pytest.mark.parametrize("line", ["{", "[]", '"text"'])
def test_refuses_a_part_that_is_none(line: str, tmp_path: Path) -> None:
    part = write_parts(tmp_path / "parts", [[{"inputs": "a"}]]) / "part-00000.jsonl"
    part.write_text(part.read_text() + line + "\n")
    with pytest.raises(BatchError, match=r"part-00000\.jsonl:2 is no JSON object"):
        list(windows(part))


@pytest.mark.parametrize("archive", [b"no archive", None])
def test_refuses_what_is_no_archive(archive: bytes | None, tmp_path: Path) -> None:
    model = slow_model(tmp_path, seconds=0)
    (model / "model.tar.gz").unlink()
    if archive:
        (model / "model.tar.gz").write_bytes(archive)
    ended = run(model, write_parts(tmp_path / "parts", []), tmp_path / "output")
    assert ended.returncode == 1
    assert "model.tar.gz cannot be unpacked" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_refuses_an_archive_without_handlers(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    model = pack(tmp_path / "empty", tmp_path / "model")
    ended = run(model, write_parts(tmp_path / "parts", []), tmp_path / "output")
    assert ended.returncode == 1
    assert "it has no code/inference.py" in ended.stderr
