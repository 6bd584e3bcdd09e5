"""Serves an artifact on this machine as SageMaker hosting would: GET /ping and POST /invocations, on loopback only.

    python serve.py --model-dir DIR --port 8080

Loads DIR/code/inference.py as the Hugging Face container does, answers its errors in that container's shape, and prints
`listening on http://127.0.0.1:PORT` when the model is loaded. Port 0 takes any free one.

Handlers may have, besides the container's four functions and RequestError, one more:

    predict_batch(requests, model) -> predictions      one for each of what input_fn answered, in their order

By having it they say that all of them may be called from several threads at once. Then there is one worker per core,
OMP_NUM_THREADS is 1 when the model is loaded, and requests that wait while all workers are busy are computed together.
Without it one request is answered at a time.
"""

import argparse
import asyncio
import gc
import importlib
import json
import os
import socket
import sys
import threading
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn

# Requests that wait, and their bytes in all: what comes on top of that is refused at once.
MOST_WAITING_REQUESTS = 256
MOST_WAITING_BYTES = 16_000_000
# Bytes of requests that one worker takes at a time: about 128 tokens of English, ten milliseconds of work.
BATCH_BYTES = 500

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Answer(NamedTuple):
    """A response; errors are in the shape of the Hugging Face container."""

    status: int
    body: bytes = b""
    content_type: bytes = b"application/json"
    retry_after: bool = False


@dataclass(frozen=True)
class Invocation:
    """A request to the model, and where its answer goes."""

    body: bytes
    content_type: str
    accept: str
    answer: asyncio.Future[Answer]


class Model:
    """The artifact's handlers and what they loaded."""

    def __init__(self, model_dir: Path) -> None:
        # transformers imports these wherever they are installed, which takes over a second that no answer needs.
        for unneeded in ("sklearn", "scipy"):
            sys.modules[unneeded] = None  # type: ignore[assignment]
        sys.path.insert(0, str(model_dir / "code"))
        # Importing makes objects that stay, by the million: looking among them for garbage takes a fifth of the time.
        gc.disable()
        try:
            self.handlers: Any = importlib.import_module("inference")
            self.workers = 1
            if hasattr(self.handlers, "predict_batch"):
                self.workers = available_cores()
                os.environ.setdefault("OMP_NUM_THREADS", "1")
                # Tokenizing would start as many threads as there are cores, in each worker.
                os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
            self.loaded: Any = self.handlers.model_fn(str(model_dir))
        finally:
            gc.freeze()
            gc.enable()

    def answer(self, invocations: Sequence[Invocation]) -> list[Answer]:
        """400 with a reason where the request is at fault, 500 without where the model is."""
        answers: dict[int, Answer] = {}
        requests: dict[int, Any] = {}
        for number, invocation in enumerate(invocations):
            try:
                requests[number] = self.handlers.input_fn(invocation.body, invocation.content_type)
            except Exception as error:
                answers[number] = self.failure(error)
        for number, prediction in zip(requests, self.predictions(list(requests.values())), strict=True):
            try:
                if isinstance(prediction, Exception):
                    raise prediction
                answers[number] = Answer(200, self.handlers.output_fn(prediction, invocations[number].accept).encode())
            except Exception as error:
                answers[number] = self.failure(error)
        return [answers[number] for number in range(len(invocations))]

    def predictions(self, requests: list[Any]) -> list[Any]:
        """For each request what the handlers predict, or the exception that they raise."""
        if len(requests) > 1:
            try:
                return list(self.handlers.predict_batch(requests, self.loaded))
            except Exception as error:
                # One of them is to blame, and only that one shall pay.
                print(f"{len(requests)} requests failed together: {type(error).__name__}", file=sys.stderr, flush=True)
        predictions: list[Any] = []
        for request in requests:
            try:
                predictions.append(self.handlers.predict_fn(request, self.loaded))
            except Exception as error:
                predictions.append(error)
        return predictions

    def failure(self, error: Exception) -> Answer:
        """The answer instead of an answer."""
        if isinstance(error, self.handlers.RequestError):
            return failure(400, str(error))
        # The kind alone: a message could carry the text.
        print(f"the model failed: {type(error).__name__}", file=sys.stderr, flush=True)
        return failure(500, "the model could not answer")


class ModelServer:
    """An ASGI application. All but the handlers runs on the event loop, so that there is nothing to lock."""

    def __init__(self) -> None:
        self.model: Model | None = None
        self.threads: ThreadPoolExecutor | None = None
        self.idle_workers = 0
        self.waiting: deque[Invocation] = deque()
        self.waiting_bytes = 0

    def start(self, model: Model) -> None:
        """Takes requests from now on."""
        self.threads = ThreadPoolExecutor(model.workers)
        self.idle_workers = model.workers
        self.model = model

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        answer = await self.route(scope, receive)
        headers = [(b"content-type", answer.content_type), (b"content-length", str(len(answer.body)).encode())]
        if answer.retry_after:
            headers.append((b"retry-after", b"1"))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def route(self, scope: Message, receive: Receive) -> Answer:
        """The answer to one HTTP request."""
        match scope["path"], scope["method"]:
            case "/ping", "GET" | "HEAD":
                return Answer(200 if self.model else 503)
            case "/invocations", "POST":
                return await self.invoke(scope, receive)
            case (("/ping" | "/invocations"), _):
                return Answer(405, b"Method Not Allowed", b"text/plain")
            case _:
                return Answer(404, b"Not Found", b"text/plain")

    async def invoke(self, scope: Message, receive: Receive) -> Answer:
        """The model's answer, or 503 while it loads and when too much waits already."""
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        if not self.model:
            return failure(503, "the model is still loading; try again in a moment")
        full = len(self.waiting) >= MOST_WAITING_REQUESTS or self.waiting_bytes + len(body) > MOST_WAITING_BYTES
        if self.waiting and full:
            return failure(503, "too many requests are waiting; try again in a moment")._replace(retry_after=True)
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.waiting.append(Invocation(body, headers.get(b"content-type", ""), headers.get(b"accept", "*/*"), answer))
        self.waiting_bytes += len(body)
        self.dispatch()
        return await answer

    def dispatch(self) -> None:
        """Gives what waits to the workers that are idle: no request waits for others to come."""
        assert self.model and self.threads
        while self.waiting and self.idle_workers:
            batch = [self.take()]
            size = len(batch[0].body)
            while self.model.workers > 1 and self.waiting and size + len(self.waiting[0].body) <= BATCH_BYTES:
                batch.append(self.take())
                size += len(batch[-1].body)
            self.idle_workers -= 1
            work = asyncio.get_running_loop().run_in_executor(self.threads, self.model.answer, batch)
            work.add_done_callback(lambda done, batch=batch: self.deliver(done, batch))  # type: ignore[misc]

    def take(self) -> Invocation:
        """The one that has waited longest."""
        invocation = self.waiting.popleft()
        self.waiting_bytes -= len(invocation.body)
        return invocation

    def deliver(self, work: asyncio.Future[list[Answer]], batch: list[Invocation]) -> None:
        """Ends the waiting of a batch, after the worker has got its next."""
        self.idle_workers += 1
        self.dispatch()
        for invocation, answer in zip(batch, work.result(), strict=True):
            # Whoever has hung up has cancelled it.
            if not invocation.answer.done():
                invocation.answer.set_result(answer)


def failure(status: int, message: str) -> Answer:
    """An error in the shape of the Hugging Face container."""
    error = {"code": status, "type": "InternalServerException", "message": message}
    return Answer(status, json.dumps(error).encode())


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main() -> None:
    """Serves until it is stopped. Exits with 1 when the port is taken or the artifact does not load."""
    parser = argparse.ArgumentParser(description="Serves a trained artifact on 127.0.0.1.")
    parser.add_argument("--model-dir", type=Path, required=True, help="folder of the artifact")
    parser.add_argument("--port", type=int, default=8080, help="port; 0 for any free one")
    args = parser.parse_args()
    if not (args.model_dir / "code" / "inference.py").is_file():
        sys.exit(f"{args.model_dir} is not an artifact: it has no code/inference.py")
    try:
        listener = socket.create_server(("127.0.0.1", args.port))
    except (OSError, OverflowError) as error:
        sys.exit(f"port {args.port} cannot be used ({error}); choose another by --port")

    app = ModelServer()
    http_server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", interface="asgi3")
    )
    load_error: Exception | None = None

    def load_then_announce() -> None:
        nonlocal load_error
        try:
            app.start(Model(args.model_dir))
            print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        except Exception as error:
            load_error = error
            http_server.should_exit = True

    # Beside the server, not before it, so that /ping answers 503 in the meantime.
    threading.Thread(target=load_then_announce, daemon=True).start()
    http_server.run(sockets=[listener])
    if load_error:
        sys.exit(f"the artifact in {args.model_dir} does not load: {load_error}")


if __name__ == "__main__":
    main()
