"""How far a training is: how fast, how much is left, and the mean loss."""

import time

import torch

from processes import Process

# Between two lines of progress, about. Several processes look as often whether they shall stop.
LINE_SECONDS = 5.0


class Pace:
    """The pace of steps, and in which of them a line of progress is due: the same in all processes."""

    def __init__(self, process: Process, steps: int, steps_done: int) -> None:
        self._process, self._steps = process, steps
        self._first = self._marked = steps_done
        # Of the first step, which is the slowest, a line comes at once.
        self._due = steps_done + 1
        self._started = self._since = time.monotonic()
        self._steps_timed, self._seconds_timed = 0, 0.0

    def line_is_due(self, done: int) -> bool:
        """After so many steps."""
        return done == self._due

    def mark(self, done: int, stopping: bool) -> tuple[float, bool]:
        """How many seconds the other steps will take, measurements included, and whether the first process is stopping.

        All processes call it after the same step; until `go_on` or the next call, time counts as the steps' own.
        """
        now = time.monotonic()
        steps, seconds = done - self._marked, now - self._since
        if self._marked > self._first:
            self._steps_timed += steps
            self._seconds_timed += seconds
        self._marked, self._since = done, now
        # The next steps may take far longer than these did, of whatever texts they are.
        to_next = max(1, min(round(steps / seconds * LINE_SECONDS), 2 * steps))
        # By one clock, as all processes add up the loss in the same step.
        to_next, stopping = self._process.share((to_next, stopping))
        self._due = done + to_next
        return (now - self._started) / (done - self._first) * (self._steps - done), stopping

    def go_on(self) -> None:
        """What came since the last mark was no step."""
        self._since = time.monotonic()

    @property
    def steps_per_second(self) -> float:
        """From the first mark to the last, without what was no step; 0 where there is but one."""
        return self._steps_timed / self._seconds_timed if self._steps_timed else 0.0


class MeanLoss:
    """The loss a row, over all processes, since the last line of progress and since the last measurement."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._sum = torch.zeros((), device=process.device)
        self._rows = 0
        self._measured_sum, self._measured_rows = 0.0, 0

    def add(self, loss: torch.Tensor, rows: int) -> None:
        """This process's part of a batch's summed loss, and the rows of the whole batch."""
        self._sum += loss
        self._rows += rows

    def recent(self) -> float:
        """Since the last call; all processes call it after the same step."""
        total, rows = self._process.total(self._sum), self._rows
        self._sum.zero_()
        self._rows = 0
        self._measured_sum += total
        self._measured_rows += rows
        return total / rows

    def since_measured(self) -> float:
        """Since the last call, as far as `recent` has told it."""
        mean = self._measured_sum / self._measured_rows
        self._measured_sum, self._measured_rows = 0.0, 0
        return mean
