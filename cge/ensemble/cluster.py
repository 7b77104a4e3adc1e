"""Machines of a cluster: the workers of a scheduler of ``dask.distributed`` (an optional extra).

Workers need this program in the same version, and the dataset and scenarios of an ensemble in the
same places where those are no embedded ones. A worker solves one draw at a time, so begin one for
each core (``dask worker ADDRESS --nworkers auto --nthreads 1``).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from cge.ensemble.errors import EnsembleError

PATIENCE = 30.0
"""Seconds to wait for the scheduler to answer."""


@contextmanager
def connected(address: str) -> Iterator[tuple[Executor, int]]:
    """The workers of a scheduler as an executor, and how many draws to hand out at a time.

    Arguments:
        address: of the scheduler, such as ``tcp://host:8786``.

    Raises:
        EnsembleError: the library is not installed, nobody answers, or there is no worker.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise EnsembleError(
            "dask.distributed is not installed; pip install 'm3c-cge[cluster]'"
        ) from None
    try:
        client = distributed.Client(address, timeout=PATIENCE)
    except (OSError, ValueError, TimeoutError) as cause:
        told = f"scheduler {address} does not answer ({cause}); correct the address, or begin it"
        raise EnsembleError(told) from None
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            told = f"scheduler {address} has no workers; begin some (dask worker {address})"
            raise EnsembleError(told)
        yield client.get_executor(pure=False), 2 * threads
