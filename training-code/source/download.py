"""Fetches a base model from the Hugging Face hub, and tells how far that is, for the large ones take minutes."""

import os
import time
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from tqdm import tqdm

# What transformers loads an encoder and its tokenizer from, of all that a model's repository may hold.
FILES = ["*.json", "*.txt", "*.model", "*.safetensors"]
# What lies in folders is for other programs.
OTHER_FILES = ["*/*"]
SECONDS_BETWEEN_LINES = 1.0


def fetch_base_model(name: str) -> None:
    """Brings a model of the hub into its cache, from where transformers takes it; a folder is there already.

    Raises what the hub's client raises.
    """
    if not Path(name).is_dir():
        snapshot_download(name, allow_patterns=FILES, ignore_patterns=OTHER_FILES, tqdm_class=DownloadLines)


class DownloadLines(tqdm):  # type: ignore[misc]
    """A progress bar that prints lines, for logs, of bytes alone: `download=198/440 seconds_left=6`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.told = 0.0
        # To newer clients of the hub a bar has a name, which is theirs.
        options.pop("name", None)
        super().__init__(*args, **options | {"disable": False})

    def display(self, *_: Any, **__: Any) -> None:
        """Prints a line, if there is anything new to say."""
        is_due = time.monotonic() - self.told >= SECONDS_BETWEEN_LINES
        if self.unit != "B" or not self.n or not is_due or os.environ.get("LOCAL_RANK", "0") != "0":
            return
        self.told = time.monotonic()
        left = max(0, self.total - self.n) * self.format_dict["elapsed"] / self.n
        print(f"download={self.n}/{self.total} seconds_left={left:.0f}", flush=True)
