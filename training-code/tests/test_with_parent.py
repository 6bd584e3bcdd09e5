import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

WITH_PARENT = Path(__file__).parent.parent / "with_parent.py"

CHILD = """
import os, sys, time
print(os.getpid(), sys.argv[1:], flush=True)
time.sleep(600)
"""

PARENT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, *sys.argv[1:]], stdin=subprocess.PIPE)
time.sleep(600)
"""


def is_running(pid: int) -> bool:
    """False also for a process that has ended and that nobody has waited for yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def child(tmp_path: Path) -> Path:
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    return script


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_killed_parent_leaves_no_orphan(child: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(WITH_PARENT), str(child), "--port", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid, _, arguments = parent.stdout.readline().partition(" ")
        assert arguments.strip() == "['--port', '1']"
        assert is_running(int(pid))
        os.kill(parent.pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while is_running(int(pid)) and time.monotonic() < deadline:
            time.sleep(0.02)
    assert not is_running(int(pid))


def test_ends_when_stdin_closes(child: Path) -> None:
    command = [sys.executable, str(WITH_PARENT), str(child)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        process.stdin.close()
        assert process.wait(timeout=10) == -signal.SIGTERM


def test_a_script_that_ends_by_itself_gives_its_own_exit_code(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("CODE = 7")
    (tmp_path / "short.py").write_text("import sys, beside\nsys.exit(beside.CODE)\n")
    with subprocess.Popen(
        [sys.executable, str(WITH_PARENT), str(tmp_path / "short.py")], stdin=subprocess.PIPE
    ) as process:
        assert process.wait(timeout=30) == 7
