"""The processes that train together: one, or several on one or more hosts through torch.distributed.

torch itself starts them (torchrun) and averages their gradients (DistributedDataParallel), which is all that is needed:
accelerate would be a dependency for nothing.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist

T = TypeVar("T")


@dataclass(frozen=True)
class Process:
    """This process among `world_size` that train one model; rank 0 alone prints and writes."""

    rank: int
    world_size: int
    device: torch.device

    @property
    def is_first(self) -> bool:
        """True for the one process that prints and writes."""
        return self.rank == 0

    def total(self, value: torch.Tensor) -> float:
        """The sum of a one-element tensor over all processes."""
        if self.world_size > 1:
            value = value.clone()
            dist.all_reduce(value)
        return value.item()

    def gather(self, value: T) -> list[T]:
        """Every process's value, in the order of the ranks."""
        values: list[Any] = [value] * self.world_size
        if self.world_size > 1:
            dist.all_gather_object(values, value)
        return values

    def share(self, value: T) -> T:
        """Rank 0's value."""
        values = [value]
        if self.world_size > 1:
            dist.broadcast_object_list(values, src=0, device=self.device)
        return values[0]


def rank_and_world_size(hosts: str, current_host: str) -> tuple[int, int]:
    """This process's rank and the number of processes.

    torchrun says both. Without it SageMaker starts one plain process per host: then `hosts` (a JSON list) counts, so
    that the hosts train one model together and not each one its own.
    """
    if "WORLD_SIZE" in os.environ:
        return int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    names = sorted(json.loads(hosts))
    return names.index(current_host), len(names)


@contextmanager
def joined_process(hosts: str, current_host: str) -> Iterator[Process]:
    """Joins the other processes, if there are any: by gloo on CPU and nccl on CUDA, at MASTER_ADDR and MASTER_PORT."""
    rank, world_size = rank_and_world_size(hosts, current_host)
    device = torch.device("cpu")
    if torch.cuda.is_available():
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    if world_size > 1:
        backend = "nccl" if device.type == "cuda" else "gloo"
        dist.init_process_group(backend, rank=rank, world_size=world_size)
    try:
        yield Process(rank, world_size, device)
    finally:
        if world_size > 1:
            dist.destroy_process_group()
