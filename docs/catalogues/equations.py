"""The equations of M3C as mathematics, block by block, as ``cge equations --all`` prints them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

import sympy

from catalogues.economy import DATASET
from catalogues.markdown import block, code, folded, page, section, table
from cge.cli.equations import declared
from cge.equations import Equation, Equations
from cge.equations.notation import LOOKS, MEANINGS, Notation
from cge.equations.printing import latex
from cge.language.declarations import Activity, Agent, Family
from cge.language.drawing import over
from cge.language.model import Model
from cge.m3c.markets import LETTERS

WIDTH = 66
"""Letters and signs in a line of a sum."""

PERP = r"\perp"
"""What stands before the unknown that a condition determines."""

_FOLDED = ("reference",)
"""How names of equations begin that readers unfold."""


@cache
def model() -> Model:
    """M3C as the command line prints it."""
    return declared(DATASET)


@cache
def equations() -> Equations:
    """All its equations."""
    every: Equations = model().equations()
    return every


def mathematics(equation: Equation, notation: Notation) -> str:
    """An equation as a display, long sums over several lines."""
    text, sides = equation.latex(notation), (equation.left, equation.right)
    if _width(text) <= WIDTH or not any(isinstance(side, sympy.Add) for side in sides):
        return f"$$\n{text}\n$$"
    sign = r"\geq" if equation.relation == ">=" else "="
    left, right = (_lines(side, notation) for side in sides)
    if len(left) == 1 and not isinstance(equation.left, sympy.Add):
        rows = [f"{left[0]} {sign} {{}} & {right[0]}", *(f"& {line}" for line in right[1:])]
    else:
        rows = [*(f"& {line}" for line in left), rf"& \qquad {sign} {right[0]}"]
        rows += [rf"& \qquad \quad {line}" for line in right[1:]]
    if equation.unknown:
        rows.append(rf"& \qquad {text[text.index(PERP) :]}")
    body = " \\\\\n".join(rows)
    return f"$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n$$"


def _lines(expression: object, notation: Notation) -> list[str]:
    """A sum in lines that are not too long; anything else in one."""
    if not isinstance(expression, sympy.Add):
        return [latex(expression, notation)]
    lines = [""]
    for term in expression.args:
        shown = latex(term, notation)
        signed = shown if shown.startswith("-") else f"+ {shown}"
        if lines[-1] and _width(lines[-1]) + _width(signed) > WIDTH:
            lines.append(signed)
        else:
            lines[-1] = f"{lines[-1]} {signed}" if lines[-1] else signed
    lines[0] = lines[0].removeprefix("+ ")
    return lines


def _width(text: str) -> int:
    """Letters and signs that LaTeX shows."""
    return len(re.sub(r"\\[a-zA-Z]+|[\\{}_^,\s]", "", text))


def of_block(name: str) -> tuple[Equation, ...]:
    """The equations of a block, its condition first."""
    own = [e for e in equations() if e.block == name]
    return tuple(sorted(own, key=lambda e: not e.unknown))


def _display(equation: Equation) -> str:
    letters = f" ({', '.join(equation.letters)})" if equation.letters else ""
    note = f"; {equation.note}" if equation.note else ""
    named = equation.name.replace("_", " ")
    return f"*{named[:1].upper()}{named[1:]}*{letters}{note}:\n\n" + mathematics(
        equation, equations().notation
    )


def _shown(own: Iterable[Equation]) -> str:
    """Equations in order, what defines reference values folded."""
    told = list(own)
    hidden = [e for e in told if e.name.startswith(_FOLDED)]
    parts = [_display(e) for e in told if e not in hidden]
    if hidden:
        inside = "\n\n".join(map(_display, hidden))
        parts.append(folded("Reference values and shares", inside))
    return "\n\n".join(parts)


# Sections -----------------------------------------------------------------------------------------


def _letters() -> str:
    rows = []
    for letter in model().dims:
        dimension = model().dims[letter]
        labels = ", ".join(dimension.labels)
        rows.append((f"${letter}$", LETTERS[letter], dimension.size, labels))
    return table(["letter", "stands for", "members", "labels"], rows, right=["members"])


def _symbols() -> str:
    rows = [
        ("$" + LOOKS[role].format(r"\mathrm{name}") + "$", text) for role, text in MEANINGS.items()
    ]
    return table(["symbol", "what it is"], rows)


def _families(families: Mapping[str, Family]) -> Iterator[str]:
    """A section for each family: what it is, its nests, its equations."""
    for name, family in families.items():
        drawing = block(repr(family)) if isinstance(family, Activity | Agent) else ""
        title = f"`{over(name, family.letters)}`: {family.meaning}"
        yield section(title, drawing, _shown(of_block(name)), level=3)


def parameters() -> str:
    """Parameters that have a name of their own, and what they are to the model."""
    frame = model().tables()["parameters"]
    own = frame[~frame.index.str.contains(".", regex=False)]
    rows = [
        (code(name), " ".join(row["letters"].split()) or "-", row["used as"] or "-")
        for name, row in own.iterrows()
    ]
    return table(["parameter", "letters", "used as"], rows)


_ONE = f"""\
from cge.cli.equations import declared

m3c = declared("{DATASET}")
print(m3c.equations("PA", at={{"r": "SH", "i": "ELE"}}))
"""


def m3c() -> str:
    """The page of equations."""
    it = model()
    kinds: Sequence[tuple[str, Mapping[str, Family], str]] = (
        ("Markets", it.commodities,
         "What is supplied is what is demanded, or a price is zero and supply exceeds demand."),
        ("Activities", it.activities,
         "What an activity makes is worth what it costs: profit is zero. Demands follow from the "
         "price indices of nests, in calibrated shares; the drawing shows which nest holds which "
         "flow, with elasticities, taxes and productivities."),
        ("Agents", it.agents,
         "Income is what endowments, taxes and transfers bring; what is not given to others is "
         "spent."),
        ("Variables that adjust", it.auxiliaries,
         "Each moves a parameter until a condition holds. These are those of a baseline; those of "
         "other closures: [Closures](closures.md)."),
    )  # fmt: skip
    parts = [section(title, words, *_families(families)) for title, families, words in kinds]
    products = [e for e in equations() if e.block in it.products]
    return page(
        "The equations of M3C",
        f"These are the {len(equations())} equations that are solved, made from the declaration of "
        "the model by sympy; the tests evaluate them at random points and hold them against the "
        "engine's conditions ([A model prints itself](../equations.md)). Each stands for all "
        "members of its letters. A condition names behind ⊥ the unknown that it determines; the "
        "others define what conditions read. `cge equations` prints them as text, with numbers, "
        "and as LaTeX. What blocks do between years is in their modules (`cge/m3c`).",
        block(_ONE, "python"),
        section("Letters", _letters()),
        section(
            "Symbols",
            "The price of a commodity, the level of an activity and the income of an agent, beyond "
            "what it is committed to buy, bear their names. Other symbols carry the name of the "
            "flow or nest that they belong to; parameters with names of their own are listed "
            "below.",
            _symbols(),
        ),
        *parts,
        section("Numeraire", _shown(of_block("numeraire"))),
        section(
            "Products",
            "Parameters that follow from others, so that a change of one moves them all.",
            _shown(products),
        ),
        section("Parameters", parameters()),
    )
