"""The folder of official tables, for tests that need it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def sources() -> Path:
    """The official tables; where the environment names none, the test is skipped."""
    folder = os.environ.get("M3C_SOURCES")
    if not folder:
        pytest.skip("needs the official tables: set M3C_SOURCES to their folder")
    return Path(folder)
