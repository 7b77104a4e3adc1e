"""What ``cge equations`` prints of the embedded model."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from cge.cli import BAD_INPUT, app


def shown(*options: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["equations", *options])
    return result.exit_code, result.output


def test_without_a_block_the_model_is_listed() -> None:
    code, out = shown()
    assert code == 0
    assert "GEN[r]" in out
    assert "PC[p] (may be free)" in out


def test_the_market_of_electricity_in_numbers() -> None:
    """Only those who use electricity in Shanghai stand in its market."""
    code, out = shown("PA", "--at", "r=SH", "--at", "i=ELE", "--numbers")
    assert code == 0
    assert "A.composite[SH,ELE] = " in out
    assert "Y.electricity[SH,FER,ELE]" in out
    assert "[JS" not in out


def test_latex_is_one_environment() -> None:
    code, out = shown("GEN", "--latex")
    assert code == 0
    assert out.startswith("\\begin{align*}")
    assert out.rstrip().endswith("\\end{align*}")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("PB",), "no equations of 'PB'"),
        (("PA", "--at", "r"), "give a letter and a label, such as r=SH"),
        (("PA", "--at", "r=XX"), "'r' has no label 'XX'; known are SH, JS, ZJ, AH, RCN"),
    ],
)
def test_what_is_not_there_is_named(options: tuple[str, ...], said: str) -> None:
    code, out = shown(*options)
    assert code == BAD_INPUT
    assert said in " ".join(out.split())
