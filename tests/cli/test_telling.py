"""What the solver turns to is said on standard error, in commands and only there."""

from __future__ import annotations

import pytest

from cge.cli.shared import explained
from cge.equilibrium.effort import LOG


def test_fallbacks_are_said_while_a_command_runs(capsys: pytest.CaptureFixture[str]) -> None:
    LOG.info("before")
    with explained():
        LOG.info("2021: Newton's method (made up); trying homotopy")
    LOG.info("after")
    out, err = capsys.readouterr()
    assert err == "2021: Newton's method (made up); trying homotopy\n"
    assert out == ""
