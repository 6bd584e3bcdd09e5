"""Serves an artifact on this machine as SageMaker hosting would: GET /ping and POST /invocations, on loopback only.

    python serve.py --model-dir DIR --port 8080

Loads DIR/code/inference.py as the Hugging Face container does, answers its errors in that container's shape, and prints
`listening on http://127.0.0.1:PORT` when the model is loaded. Port 0 takes any free one.
"""

import argparse
import gc
import importlib
import socket
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class ModelServer:
    """The artifact's handlers behind HTTP. One request runs at a time, as torch then has all cores for it."""

    def __init__(self, model_dir: Path) -> None:
        self.model_dir = model_dir
        self.handlers: Any = None
        self.model: Any = None
        self.one_at_a_time = anyio.CapacityLimiter(1)

    def load(self) -> None:
        """Imports the artifact's handlers and loads its model; raises whatever they raise."""
        # transformers imports these wherever they are installed, which takes over a second that no answer needs.
        for unneeded in ("sklearn", "scipy"):
            sys.modules[unneeded] = None  # type: ignore[assignment]
        sys.path.insert(0, str(self.model_dir / "code"))
        # Importing makes objects that stay, by the million: looking among them for garbage takes a fifth of the time.
        gc.disable()
        try:
            handlers = importlib.import_module("inference")
            self.model = handlers.model_fn(str(self.model_dir))
        finally:
            gc.freeze()
            gc.enable()
        self.handlers = handlers

    async def ping(self, _request: Request) -> Response:
        """200 when the model is loaded, 503 before."""
        return Response(status_code=200 if self.handlers else 503)

    async def invocations(self, request: Request) -> Response:
        """Answers one request; 400 with a reason when the request is at fault, 500 without when the model is."""
        if not self.handlers:
            return failure(503, "the model is still loading; try again in a moment")
        body = await request.body()
        content_type = request.headers.get("content-type", "")
        accept = request.headers.get("accept", "*/*")
        try:
            answer = await anyio.to_thread.run_sync(self.answer, body, content_type, accept, limiter=self.one_at_a_time)
        except self.handlers.RequestError as error:
            return failure(400, str(error))
        except Exception as error:
            # The kind alone: a message could carry the text.
            print(f"the model failed: {type(error).__name__}", file=sys.stderr, flush=True)
            return failure(500, "the model could not answer")
        return Response(answer, media_type="application/json")

    def answer(self, body: bytes, content_type: str, accept: str) -> str:
        """The response body to a request body, by the artifact's handlers."""
        request = self.handlers.input_fn(body, content_type)
        text: str = self.handlers.output_fn(self.handlers.predict_fn(request, self.model), accept)
        return text


def failure(status: int, message: str) -> Response:
    """An error in the shape of the Hugging Face container."""
    return JSONResponse({"code": status, "type": "InternalServerException", "message": message}, status)


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

    model_server = ModelServer(args.model_dir)
    load_error: Exception | None = None

    def load_then_announce() -> None:
        nonlocal load_error
        try:
            model_server.load()
            print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        except Exception as error:
            load_error = error
            http_server.should_exit = True

    @asynccontextmanager
    async def loading(_app: Starlette) -> AsyncIterator[None]:
        # Beside the server, not before it, so that /ping answers 503 in the meantime.
        threading.Thread(target=load_then_announce, daemon=True).start()
        yield

    app = Starlette(
        routes=[
            Route("/ping", model_server.ping),
            Route("/invocations", model_server.invocations, methods=["POST"]),
        ],
        lifespan=loading,
    )
    http_server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    http_server.run(sockets=[listener])
    if load_error:
        sys.exit(f"the artifact in {args.model_dir} does not load: {load_error}")


if __name__ == "__main__":
    main()
