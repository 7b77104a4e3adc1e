"""Pieces of LaTeX: names in upright letters, subscripts, brackets."""

from __future__ import annotations

from collections.abc import Iterable

from sympy.core.alphabets import greeks


def upright(name: str) -> str:
    """A name in upright letters."""
    shown = name.replace("_", r"\_").replace("#", r"\#").replace(".", "{.}")  # no punctuation
    return rf"\mathrm{{{shown}}}"


def named(name: str) -> str:
    r"""A name in upright letters; one such as ``sigma_top`` is :math:`\sigma` of what follows."""
    letter, _, about = name.partition("_")
    return rf"\{letter}^{{{upright(about)}}}" if letter in greeks and about else upright(name)


def index(name: str) -> str:
    """A letter as it is, a label in upright letters."""
    return name if len(name.rstrip("'")) == 1 else upright(name)


def below(look: str, names: Iterable[str]) -> str:
    """Something with letters or labels as its subscript."""
    return f"{look}_{{{','.join(names)}}}"


def power(look: str, exponent: str | None) -> str:
    """Something with an exponent, where there is one."""
    return look if exponent is None else f"{look}^{{{exponent}}}"


def verbatim(text: str) -> str:
    """Text that LaTeX shows as it is."""
    table = {c: f"\\{c}" for c in "_#%&${}"} | {"\\": r"\textbackslash{}"}
    return "".join(table.get(c, c) for c in text)
