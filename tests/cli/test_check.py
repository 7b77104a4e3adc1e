"""What ``cge check`` prints of a report, and its exit code; the numbers are made up."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import cge.m3c
from cge.cli import BAD_INPUT, CHECK_FAILED, app
from sam import load_dataset

REPORT = {
    "benchmark_residual": 1e-14,
    "walras": 2e-12,
    "homogeneity": 3e-12,
    "numeraire_swap": 4e-12,
    "numeraire_swap_reports": 5e-12,
    "passed": True,
}


def report_of(passed: bool, monkeypatch: pytest.MonkeyPatch, *options: str) -> tuple[int, str]:
    report = {**REPORT, "passed": passed}
    monkeypatch.setattr(cge.m3c, "check", lambda dataset: report, raising=False)
    result = CliRunner().invoke(app, ["check", *options])
    return result.exit_code, result.stdout


def test_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    code, out = report_of(True, monkeypatch)
    assert code == 0
    assert ["homogeneity", "3.0e-12"] in [line.split() for line in out.splitlines()]


def test_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    code, out = report_of(False, monkeypatch, "--json")
    assert code == CHECK_FAILED
    assert json.loads(out) == {**REPORT, "passed": False}


def test_unknown_dataset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cge.m3c, "check", load_dataset, raising=False)
    result = CliRunner().invoke(app, ["check", "prd2020"])
    assert result.exit_code == BAD_INPUT
    assert "unknown dataset 'prd2020'" in result.stderr
