"""Runs a Python script that ends when its parent does, so that a killed parent leaves no orphan behind.

    python with_parent.py SCRIPT [ARGUMENT ...]

The parent holds the other end of this process's stdin, a pipe, open and writes nothing. When the parent closes it, or
dies in whatever way, stdin ends and so does this process: by SIGTERM, then for good. It is the same process as the
script, so its id, exit code and signals are the script's own.
"""

import os
import runpy
import signal
import sys
import threading
import time
from pathlib import Path

GRACE_SECONDS = 3


def end_with_stdin() -> None:
    """Waits for the end of stdin, then ends this process."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


def main() -> None:
    """Runs the script named on the command line as `python` itself would."""
    threading.Thread(target=end_with_stdin, daemon=True).start()
    sys.argv = sys.argv[1:]
    sys.path[0] = str(Path(sys.argv[0]).resolve().parent)
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
