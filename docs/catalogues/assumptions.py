"""The tables of assumptions: what each holds, by which labels, from which sources."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from calibration import load_assumptions, load_claims, load_studies
from calibration.abatement import UNITS as OF_REMOVAL
from calibration.elasticities import ELASTICITIES
from calibration.facts import QUANTITIES, VARIABLES
from calibration.plants import UNITS as OF_PLANTS
from calibration.potentials import RESOURCES
from calibration.studies import STUDIED
from calibration.tables import Row
from catalogues.markdown import cell, code, folded, page, prose, section, table
from sam.dataset import QUALITIES

MOST = 14
"""Most labels of a column that are listed."""

SAID: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "elasticities": ("name", {name: str(each) for name, each in ELASTICITIES.items()}),
    "plants": ("item", OF_PLANTS),
    "removal_costs": ("item", OF_REMOVAL),
    "potentials": ("resource", RESOURCES),
    "facts": ("variable", VARIABLES),
    "claims": ("quantity", {name: unit for name, (unit, _) in QUANTITIES.items()}),
    "studies": ("quantity", {name: unit for name, (unit, *_) in STUDIED.items()}),
}
"""The column that says what a number is, and the unit or meaning of each, by table."""


@cache
def tables() -> dict[str, tuple[Row, ...]]:
    """Rows of every file in ``calibration/data``, by its name."""
    held_against = {"claims": load_claims().rows, "studies": load_studies().rows}
    return {**load_assumptions().tables(), **held_against}


def _qualities(rows: Iterable[Row]) -> list[int]:
    counted = Counter[str](row.quality for row in rows)
    return [counted[quality] for quality in QUALITIES]


def _columns(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """Columns that say what a value is about, with their labels."""
    for name in type(rows[0]).key_fields():
        labels = list(dict.fromkeys(getattr(row, name) for row in rows))
        if all(isinstance(label, int | float) for label in labels):
            yield code(name), f"{min(labels):g} to {max(labels):g}"
            continue
        shown = ", ".join(code(label) if label else "(empty: all)" for label in labels[:MOST])
        more = f", ... ({len(labels)})" if len(labels) > MOST else ""
        yield code(name), shown + more


def _numbers(name: str, rows: Sequence[Row]) -> str:
    """Numbers of a table by what they are: how many, from where to where, in which unit."""
    if name not in SAID:
        return ""
    column, said = SAID[name]
    lines = []
    for what in dict.fromkeys(getattr(row, column) for row in rows):
        values = [row.value for row in rows if getattr(row, column) == what]
        ends = (f"{min(values):,g}", f"{max(values):,g}")
        lines.append((code(what), said.get(what, "-"), len(values), *ends))
    right = ["values", "least", "largest"]
    return table([column, "unit or meaning", *right], lines, right)


def _sources(rows: Sequence[Row]) -> str:
    counted = Counter((row.source, row.quality) for row in rows)
    lines = [(cell(source), quality, n) for (source, quality), n in counted.items()]
    columns = ["source", "quality", "values"]
    return folded(f"{len(counted)} sources", table(columns, lines, ["values"]))


def _section(name: str, rows: Sequence[Row]) -> str:
    module = sys.modules[type(rows[0]).__module__]
    return section(
        f"`{name}`",
        f"{prose(type(rows[0]))} (`calibration/data/{name}.csv`, "
        f"`{module.__name__.replace('.', '/')}.py`)",
        table(["column", "labels"], _columns(rows)),
        _numbers(name, rows),
        _sources(rows),
    )


def assumptions() -> str:
    """The page of tables of assumptions."""
    overview = []
    for name, rows in tables().items():
        link = f"[`{name}`](#{name.replace('_', '-')})"
        overview.append((link, prose(type(rows[0])), len(rows), *_qualities(rows)))
    right = ["values", *QUALITIES]
    return page(
        "Tables of assumptions",
        "What is assumed beside the base year: the files in `calibration/data`, one value a row "
        "with its source and its quality: *published* as the source prints it, *recalled* as it "
        "was printed but typed from memory, *derived* from what is printed, *assumed* by our own "
        "judgement. A scenario replaces rows under `assumptions:` "
        "([Scenarios](../scenarios.md)), results keep the tables they rest on with a hash. "
        "`claims` and `studies` are what results are held against; nothing depends on them. The "
        "base year has sources of its own: [control totals](../yrd2020_totals.md).",
        table(["table", "a row", *right], overview, right),
        *(_section(name, rows) for name, rows in tables().items()),
    )
