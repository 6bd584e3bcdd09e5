import pytest
import torch

import progress
from processes import Process
from progress import MeanLoss, Pace


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


@pytest.fixture
def process() -> Process:
    return Process(rank=0, world_size=1, device=torch.device("cpu"))


def test_lines_of_progress_come_after_the_first_step_and_then_every_few_seconds(clock: Clock, process: Process) -> None:
    pace = Pace(process, steps=1000, steps_done=0)
    due = []
    for done in range(1, 41):
        clock.now += 0.5
        if pace.line_is_due(done):
            due.append(done)
            pace.mark(done, stopping=False)
    assert due == [1, 3, 7, 15, 25, 35]


def test_a_short_first_step_does_not_put_the_next_line_off_for_long(clock: Clock, process: Process) -> None:
    pace = Pace(process, steps=1000, steps_done=0)
    clock.now += 0.02
    pace.mark(1, stopping=False)
    assert [done for done in range(2, 1001) if pace.line_is_due(done)] == [3]


def test_a_step_that_takes_longer_than_between_two_lines_has_a_line_each(clock: Clock, process: Process) -> None:
    pace = Pace(process, steps=3, steps_done=0)
    for done in (1, 2, 3):
        clock.now += 60
        assert pace.line_is_due(done)
        pace.mark(done, stopping=False)


def test_what_is_left_includes_measurements_and_the_rate_does_not(clock: Clock, process: Process) -> None:
    pace = Pace(process, steps=40, steps_done=10)
    # The first step, the slowest, counts for what is left alone.
    clock.now += 5
    seconds_left, stopping = pace.mark(11, stopping=False)
    assert seconds_left == pytest.approx(29 * 5)
    assert not stopping
    clock.now += 4
    pace.mark(15, stopping=False)
    clock.now += 11
    pace.go_on()
    clock.now += 10
    seconds_left, _ = pace.mark(25, stopping=False)
    assert seconds_left == pytest.approx(15 * 30 / 15)
    assert pace.steps_per_second == pytest.approx(14 / 14)


def test_the_rate_of_one_step_is_unknown(clock: Clock, process: Process) -> None:
    pace = Pace(process, steps=1, steps_done=0)
    clock.now += 1
    pace.mark(1, stopping=False)
    assert pace.steps_per_second == 0


def test_a_mark_tells_whether_the_first_process_stops(
    clock: Clock, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace = Pace(process, steps=10, steps_done=0)
    clock.now += 1
    monkeypatch.setattr(Process, "share", lambda _, __: (7, True))
    assert pace.mark(1, stopping=False)[1]
    assert [done for done in range(1, 11) if pace.line_is_due(done)] == [8]


def test_the_mean_loss_is_by_row_since_the_last_line_and_since_the_last_measurement(process: Process) -> None:
    loss = MeanLoss(process)
    loss.add(torch.tensor(8.0), 4)
    loss.add(torch.tensor(1.0), 1)
    assert loss.recent() == pytest.approx(9 / 5)
    loss.add(torch.tensor(6.0), 2)
    assert loss.recent() == pytest.approx(3)
    assert loss.since_measured() == pytest.approx(15 / 7)
    loss.add(torch.tensor(2.0), 4)
    assert loss.recent() == pytest.approx(0.5)
    assert loss.since_measured() == pytest.approx(0.5)


def test_of_several_processes_each_has_its_part_of_the_loss_and_all_rows(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Process, "total", lambda _, value: 3 * value.item())
    loss = MeanLoss(process)
    loss.add(torch.tensor(2.0), 6)
    assert loss.recent() == pytest.approx(1)
