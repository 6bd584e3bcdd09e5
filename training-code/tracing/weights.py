"""Reads model.safetensors, for the images that have no safetensors library.

The format (https://github.com/huggingface/safetensors#format): the header's length as 8 bytes, little-endian; the
header, JSON that gives each tensor's type, shape and place; then the tensors' bytes, little-endian and row by row.
"""

import json
from typing import Any, Dict

import numpy as np
import torch


class WeightsError(ValueError):
    """A file that is not whole, or has numbers of another type; the message says so."""


def read_safetensors(content: bytes) -> Dict[str, torch.Tensor]:
    """The tensors in the file's `content`, by name, as fp32. Raises WeightsError."""
    try:
        start = 8 + int.from_bytes(content[:8], "little")
        header = json.loads(content[8:start].decode("utf-8"))
        header.pop("__metadata__", None)
        return {name: _tensor(name, entry, content, start) for name, entry in header.items()}
    except WeightsError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError("model.safetensors is not whole, or no such file at all; train the model again") from error


def _tensor(name: str, entry: Dict[str, Any], content: bytes, start: int) -> torch.Tensor:
    first, last = entry["data_offsets"]
    data = content[start + first : start + last]
    if entry["dtype"] == "F32":
        numbers = np.frombuffer(data, "<f4").copy()
    elif entry["dtype"] == "F16":
        numbers = np.frombuffer(data, "<f2").astype(np.float32)
    elif entry["dtype"] == "BF16":
        # The upper half of an fp32.
        numbers = (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
    else:
        raise WeightsError(f"weight {name} is of type {entry['dtype']}; only F32, F16 and BF16 can be traced")
    return torch.from_numpy(numbers.reshape(entry["shape"]))
