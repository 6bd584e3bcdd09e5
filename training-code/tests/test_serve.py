import asyncio
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

import inference
import serve
from conftest import PROJECT, Server, call, serving
from contract import Request
from engines import torch_engine
from serve import Answer, Invocation, Model, ModelServer


@pytest.fixture(scope="module")
def server(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The trained artifact, served."""
    with serving(artifact, tmp_path_factory.mktemp("serve")) as server:
        yield server


def test_a_traced_artifact_is_served_with_the_scores_of_the_trained_weights(
    artifact: Path, traced: Path, tmp_path: Path
) -> None:
    texts = ["the cat sleeps", "the dog sing"]
    trained = replace(inference.model_fn(str(artifact)), engine=torch_engine(artifact, "cpu"))
    expected = inference.predict_fn(Request(texts, named=True), trained).predictions
    with serving(traced, tmp_path) as server:
        assert call(server, "/ping") == (200, None)
        status, lists = call(server, "/invocations", json.dumps({"inputs": texts}).encode())
        assert call(server, "/invocations", b'["secret", 7]')[1]["message"] == "input 1 is not a text"
    assert status == 200
    for scores, others in zip(lists, expected, strict=True):
        assert [entry["label"] for entry in scores] == [entry["label"] for entry in others]
        assert [entry["score"] for entry in scores] == pytest.approx([entry["score"] for entry in others], abs=1e-5)


def test_answers_like_a_sagemaker_endpoint(server: Server) -> None:
    assert call(server, "/ping") == (200, None)
    status, matrix = call(server, "/invocations", b'["the cat sleeps", "the dog sing"]')
    assert status == 200
    assert [row.index(max(row)) for row in matrix] == [0, 1]
    status, lists = call(server, "/invocations", b'{"inputs": "the dog sing", "parameters": {"top_k": 1}}')
    assert (status, lists[0][0]["label"]) == (200, "unacceptable")


def test_errors_have_the_containers_shape_and_no_text_reaches_the_log(server: Server) -> None:
    assert call(server, "/invocations", b'["secret", 7]') == (
        400,
        {"code": 400, "type": "InternalServerException", "message": "input 1 is not a text"},
    )
    assert call(server, "/invocations", b'"secret"', Accept="text/csv")[0] == 400
    assert call(server, "/invocations", b"secret", **{"Content-Type": "text/plain"})[0] == 400
    assert call(server, "/invocations", b'["secret \\ud800"]')[0] == 400
    assert call(server, "/invocations")[0] == 405
    assert call(server, "/elsewhere")[0] == 404
    assert call(server, "/invocations", b'"the cat sleeps"')[0] == 200
    assert "secret" not in server.log.read_text()


def ended(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROJECT / "model_server" / "serve.py"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_a_folder_without_code_and_a_port_in_use_end_in_one_sentence(artifact: Path, tmp_path: Path) -> None:
    without_code = ended("--model-dir", tmp_path)
    assert without_code.returncode == 1
    assert without_code.stderr == f"{tmp_path} is not an artifact: it has no code/inference.py\n"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        in_use = ended("--model-dir", artifact, "--port", port)
    assert in_use.returncode == 1
    assert in_use.stderr.startswith(f"port {port} cannot be used (")
    assert "Address already in use" in in_use.stderr


def test_an_artifact_that_does_not_load_ends_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "inference.py").write_text("def model_fn(model_dir):\n    raise OSError('no weights')\n")
    broken = ended("--model-dir", tmp_path, "--port", "0")
    assert broken.returncode == 1
    assert broken.stderr == f"the artifact in {tmp_path} does not load: no weights\n"


class Gate:
    """Stands in for the model: its workers answer when the gate opens, and it keeps how many requests each one took."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.taken: list[int] = []
        self.open = threading.Event()

    def answer(self, invocations: Sequence[Invocation]) -> list[Answer]:
        self.taken.append(len(invocations))
        assert self.open.wait(10)
        return [Answer(200, invocation.body) for invocation in invocations]


def ask_all(gate: Gate, bodies: list[bytes]) -> list[Answer]:
    """The answers to requests that all come before the gate opens."""

    async def ask() -> list[Answer]:
        server = ModelServer()
        server.start(cast(Model, gate))

        async def one(body: bytes) -> Answer:
            async def receive() -> dict[str, Any]:
                return {"type": "http.request", "body": body}

            return await server.route({"path": "/invocations", "method": "POST", "headers": []}, receive)

        asked = [asyncio.create_task(one(body)) for body in bodies]
        await asyncio.sleep(0.2)
        gate.open.set()
        return await asyncio.gather(*asked)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("workers", "sizes", "taken"),
    [
        (2, [10] * 7, [1, 1, 5]),
        # No more at a time than the budget has room for, but always one.
        (2, [10, 10, 300, 300, 5000, 10], [1, 1, 1, 1, 1, 1]),
        (2, [10, 10, 300, 150, 40, 250], [1, 1, 3, 1]),
        # Handlers that know nothing of batches get one at a time.
        (1, [10] * 4, [1, 1, 1, 1]),
    ],
)
def test_what_waits_is_computed_together(workers: int, sizes: list[int], taken: list[int]) -> None:
    gate = Gate(workers)
    bodies = [bytes([number]) * size for number, size in enumerate(sizes)]
    assert [answer.body for answer in ask_all(gate, bodies)] == bodies
    assert sorted(gate.taken) == sorted(taken)


@pytest.mark.parametrize(("limit", "most"), [("MOST_WAITING_REQUESTS", 2), ("MOST_WAITING_BYTES", 20)])
def test_what_is_too_much_is_refused_at_once(limit: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, limit, most)
    answers = ask_all(Gate(workers=1), [b"0123456789"] * 5)
    assert [(answer.status, answer.retry_after) for answer in answers] == [(200, False)] * 3 + [(503, True)] * 2
    assert json.loads(answers[-1].body)["message"] == "too many requests are waiting; try again in a moment"


def test_a_request_that_is_larger_than_all_that_may_wait_is_taken_when_nothing_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serve, "MOST_WAITING_BYTES", 5)
    assert [answer.status for answer in ask_all(Gate(workers=1), [b"0123456789"])] == [200]


BATCHING = """
import json
class RequestError(Exception): ...
def model_fn(model_dir): return None
def input_fn(body, content_type): return json.loads(body)
def predict_fn(text, model): return predict_batch([text], model)[0]
def predict_batch(texts, model):
    if "secret" in texts: raise ValueError("secret")
    return [text.upper() for text in texts]
def output_fn(answer, accept): return json.dumps(answer)
"""


def test_a_request_that_fails_among_others_fails_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the server's own code for what waits together; how much does, over HTTP, depends on the machine's cores."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "inference.py").write_text(BATCHING)
    # What loading a model changes in this process.
    for name in ("inference", "sklearn", "scipy"):
        monkeypatch.setitem(sys.modules, name, None)
    del sys.modules["inference"]
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "false")
    texts = ["a", "b", "secret", "c"]

    async def answered() -> list[Answer]:
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        waiting = [Invocation(json.dumps(text).encode(), "application/json", "*/*", future) for text in texts]
        return Model(tmp_path).answer(waiting)

    answers = asyncio.run(answered())
    assert [answer.status for answer in answers] == [200, 200, 500, 200]
    assert [json.loads(answer.body) for answer in answers if answer.status == 200] == ["A", "B", "C"]
    log = capsys.readouterr().err
    assert "4 requests failed together: ValueError" in log
    assert "secret" not in log
