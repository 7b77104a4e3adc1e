"""Guards and speed-ups for the whole suite.

- JAX computes in double precision, and keeps what it compiles: XLA compilation is most of the
  suite's first run, and nothing of the second. It is done in haste, as the engine does for small
  models (``cge.equilibrium.cache``), and what one test worker has compiled serves the others. JAX
  reads these settings from the environment when it is first imported, so tests that need no JAX do
  not pay for it.
- Warnings are errors (``filterwarnings`` in ``pyproject.toml``).
- Hypothesis draws the same examples every time; ``HYPOTHESIS_PROFILE=explore`` draws new ones.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from cge.cache import cache_folder, machine_key

ROOT = Path(__file__).resolve().parents[1]

HASTE = "--xla_cpu_use_fusion_emitters=false --xla_backend_optimization_level=0"
"""Derivatives of whole models compile in a third of the time (a version of XLA that does not know
one of these says so and ends the run)."""


def compilation_cache() -> Path | None:
    """Folder of compiled code, one for all test workers."""
    folder = cache_folder()
    return folder and folder / "tests" / machine_key()


def configure_jax() -> None:
    """Set what JAX will read from the environment at its first import."""
    if "jax" in sys.modules:
        raise pytest.UsageError("jax was imported before tests/conftest.py could configure it.")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    os.environ["JAX_ENABLE_X64"] = "1"
    os.environ.setdefault("XLA_FLAGS", HASTE)
    if folder := compilation_cache():
        os.environ["JAX_COMPILATION_CACHE_DIR"] = str(folder)
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"


def configure_hypothesis() -> None:
    """Repeatable examples without a deadline: the first example of a shape compiles."""
    slow_is_fine = [HealthCheck.too_slow]
    settings.register_profile(
        "ci", derandomize=True, deadline=None, suppress_health_check=slow_is_fine
    )
    settings.register_profile("explore", deadline=None, suppress_health_check=slow_is_fine)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


configure_jax()
configure_hypothesis()


def pytest_collection_finish() -> None:
    """Let JAX write an entry of its cache whole or not at all, since workers share the folder."""
    if "jax" not in sys.modules:
        return
    from jax._src.lru_cache import LRUCache

    def put(cache: LRUCache, key: str, value: bytes) -> None:
        entry = Path(cache.path, f"{key}-cache")
        if not entry.exists():
            part = entry.with_name(f".{key}-{os.getpid()}")
            part.write_bytes(value)
            part.replace(entry)

    LRUCache.put = put


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, visibly, what needs the native Ipopt where there is none."""
    if importlib.util.find_spec("cyipopt") is not None:
        return
    missing = pytest.mark.skip(reason="cyipopt is not installed (see CONTRIBUTING.md, Ipopt)")
    for item in items:
        if item.get_closest_marker("ipopt") is not None:
            item.add_marker(missing)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def plain_environment() -> dict[str, str]:
    """The environment of a user's shell: without the settings that this suite makes for JAX."""
    ours = ("JAX_", "XLA_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
