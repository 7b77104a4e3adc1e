"""One small economy, compiled once for all tests of sensitivity."""

from __future__ import annotations

import pytest

from cge.equilibrium import Solver
from tests.sensitivity.models import orchard


@pytest.fixture(scope="session")
def solver() -> Solver:
    return Solver(orchard(), route="dense")
