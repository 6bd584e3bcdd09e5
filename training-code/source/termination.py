"""SIGTERM, by which a job is told that it will be killed soon."""

import signal
from types import FrameType, TracebackType


class Termination:
    """Within, SIGTERM ends nothing but is noted in `requested`, so that a step can be finished and kept.

    SageMaker gives a job that is stopped 120 seconds, torchrun 30.
    """

    def __init__(self) -> None:
        self.requested = False

    def __enter__(self) -> "Termination":
        self._before = signal.signal(signal.SIGTERM, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGTERM, self._before)

    def _note(self, signum: int, frame: FrameType | None) -> None:
        self.requested = True
