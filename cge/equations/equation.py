"""An equation of a model, as text, as LaTeX, and with numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import sympy

from cge.equations.looks import verbatim
from cge.equations.notation import Notation
from cge.equations.printing import latex, text

Relation = Literal["=", ">="]


@dataclass(frozen=True, eq=False)
class Equation:
    """One equation over letters: a condition, or what a symbol in conditions means.

    Attributes:
        block: the activity, agent, commodity or auxiliary variable that it belongs to.
        name: what it says, such as ``zero profit``.
        letters: it holds for every member of these.
        left: left side, a sympy expression.
        right: right side, None where the equation is a condition written in Python (``code``).
        relation: ``=``, or ``>=`` for one side of a complementarity.
        unknown: what it determines, such as ``Y[r,i]``; empty for a definition.
        code: a condition of an auxiliary variable, as its author wrote it.
        note: what the formula does not say.
    """

    block: str
    name: str
    letters: str
    left: Any
    right: Any = None
    relation: Relation = "="
    unknown: str = ""
    code: str = ""
    note: str = ""

    @property
    def defines(self) -> bool:
        """Whether it says what a symbol means."""
        return isinstance(self.left, sympy.Indexed | sympy.Symbol) and not self.unknown

    def text(self, notation: Notation) -> str:
        """The equation in one line of text."""
        if self.right is None:
            shown = f"{self.code} = 0"
        else:
            shown = f"{text(self.left)} {self.relation} {text(self.right)}"
        determined = f"   _|_  {self.unknown}" if self.unknown else ""
        return shown + determined

    def latex(self, notation: Notation) -> str:
        """The equation as LaTeX, without a surrounding environment."""
        if self.right is None:
            shown = rf"\texttt{{{verbatim(self.code)}}} = 0"
        else:
            sign = {"=": "=", ">=": r"\geq"}[self.relation]
            shown = f"{latex(self.left, notation)} {sign} {latex(self.right, notation)}"
        if not self.unknown:
            return shown
        name, _, _ = self.unknown.partition("[")
        at = notation.places(self.letters)
        unknown = latex(notation.symbol(name, self.letters, at, "unknown"), notation)
        return rf"{shown} \quad \perp \quad {unknown}"


@dataclass(frozen=True, eq=False)
class Equations:
    """Equations of a model or of one block of it, in order.

    Prints as text; shows as mathematics in a notebook.

    Attributes:
        model: name of the model.
        notation: its symbols.
        items: the equations.
    """

    model: str
    notation: Notation
    items: tuple[Equation, ...]

    def __iter__(self) -> Iterator[Equation]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def text(self) -> str:
        """All equations as text, block by block."""
        lines: list[str] = []
        block = None
        for equation in self.items:
            if equation.block != block:
                lines += ["", equation.block] if lines else [equation.block]
                block = equation.block
            over = f" ({', '.join(equation.letters)})" if equation.letters else ""
            note = f"; {equation.note}" if equation.note else ""
            lines.append(f"  {equation.name}{over}{note}")
            lines.append(f"    {equation.text(self.notation)}")
        return "\n".join(lines)

    def latex(self) -> str:
        """All equations as a LaTeX ``align*`` environment, to be read with ``amsmath``."""
        rows = []
        for equation in self.items:
            about = f"{equation.block}: {equation.name}"
            note = f"; {equation.note}" if equation.note else ""
            title = rf"&\text{{{verbatim(about + note)}}}"
            rows += [title, "&" + equation.latex(self.notation)]
        body = " \\\\\n".join(rows)
        return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"

    def frame(self) -> pd.DataFrame:
        """A table: block, name, letters, text, LaTeX, the unknown that is determined, note."""
        rows = [
            {
                "block": e.block,
                "name": e.name,
                "letters": e.letters,
                "text": e.text(self.notation),
                "latex": e.latex(self.notation),
                "unknown": e.unknown,
                "note": e.note,
            }
            for e in self.items
        ]
        return pd.DataFrame(rows)

    def _repr_latex_(self) -> str:
        return self.latex()

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__
