"""Write the tables of the pages from the embedded dataset: ``python docs/tables.py``.

A page holds a table between the lines ``<!-- table: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

import pandas as pd

from calibration import calibrate, load_assumptions
from cge.blocks import Lever, Report
from cge.cli.totals import number, percent
from cge.m3c import Economy, declare
from cge.setting import Structure
from closures.catalogue import catalogue, names
from sam import Dataset, load_dataset
from sam.dataset import QUALITIES
from sam.input_output import compare_with_report, footprint
from sam.input_output.pull import END_USE
from sam.ranking import worst
from sam.report import control_totals

DOCS = Path(__file__).parent
_MARKED = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_STEP = "co2: "


def page_with_tables(text: str) -> str:
    """A page whose marked tables are those of the embedded dataset."""
    return _MARKED.sub(lambda mark: f"{mark[1]}\n{TABLES[mark[2]]()}\n\n{mark[3]}", text)


@cache
def _dataset() -> Dataset:
    return load_dataset("yrd2020")


def _totals() -> str:
    """Every control total: target, achieved, deviation, quality and source."""
    table = control_totals(_dataset())
    source = table["source"] + table["note"].map(lambda note: f" ({note})" if note else "")
    shown = pd.DataFrame(
        {
            "item": table["item"],
            "region": table["region"],
            "unit": table["unit"],
            "target": table["target"].map(number),
            "achieved": table["achieved"].map(number),
            "deviation": table["deviation"].map(percent),
            "quality": table["quality"],
            "source": source,
        }
    )
    return _markdown(shown, right=("target", "achieved", "deviation"))


def _summary() -> str:
    """How near the totals of each quality came."""
    table = control_totals(_dataset())
    rows = []
    for quality in QUALITIES:
        part = table[table["quality"] == quality]
        line = part.iloc[worst(part["deviation"])]
        place = f"{percent(line['deviation'])} ({line['item']}, {line['region']})"
        rows.append((quality, len(part), place))
    return _markdown(pd.DataFrame(rows, columns=["quality", "totals", "largest deviation"]))


def _footprints() -> str:
    """Production- and consumption-based emissions and the share that arises elsewhere."""
    result = footprint(_dataset())
    frame = result.frame()
    ends = pd.Series(result.elsewhere_of(END_USE), index=frame.index)
    shown = pd.DataFrame(
        {
            "region": frame.index.map(_dataset().geography.title),
            "production, Mt": frame["production"].map("{:,.0f}".format),
            "consumption, Mt": frame["consumption"].map("{:,.0f}".format),
            "embodied in exports, Mt": frame["exports"].map("{:,.0f}".format),
            "arises elsewhere, all final demand": frame["elsewhere"].map("{:.2f}".format),
            "arises elsewhere, the report's end uses": ends.map("{:.2f}".format),
        }
    )
    return _markdown(shown, right=shown.columns[1:])


def _report() -> str:
    """The report's footprints beside those of the dataset."""
    table = compare_with_report(_dataset())
    keys = ["item", "region", "partner", "relation", "report"]
    wide = table.pivot_table(index=keys, columns="definition", values="ours", sort=False)
    rows = wide.reset_index()
    limit = rows["relation"].map({"equals": "", "below": "below "})
    rows["report"] = limit + rows["report"].map("{:.2f}".format)
    for column in wide.columns:
        rows[column] = rows[column].map(lambda value: "" if pd.isna(value) else f"{value:.2f}")
    shown = rows.drop(columns="relation")
    return _markdown(shown, right=shown.columns[3:])


def _carbon_steps() -> str:
    """CO2 by region after each step of the recipe, Mt."""
    table = _dataset().provenance
    rows = table[table["item"].str.startswith(_STEP)]
    names = rows["item"].str.removeprefix(_STEP)
    wide = rows.assign(step=names).pivot_table(
        index="step", columns="region", values="value", sort=False
    )
    (delta,) = _dataset().geography.groups.values()
    rest = wide.drop(columns=list(delta)).sum(axis=1)
    wide["the four"] = wide[list(delta)].sum(axis=1)
    wide["nation"] = wide["the four"] + rest
    shown = wide.map("{:,.1f}".format).reset_index()
    return _markdown(shown, right=shown.columns[1:])


def variables_table(reports: Iterable[Report]) -> str:
    """What a model reports."""
    rows = [
        (
            f"`{report.name}`",
            report.dims or "-",
            report.unit,
            report.meaning,
            report.total,
            report.iamc.replace("|", "&#124;") or "-",
        )
        for report in reports
    ]
    columns = ["variable", "by, beside the year", "unit", "meaning", "total", "IAMC name"]
    return _markdown(pd.DataFrame(rows, columns=columns))


def levers_table(levers: Iterable[Lever]) -> str:
    """What may be set of a model."""
    rows = [(f"`{v.name}`", v.dims or "-", v.unit, v.meaning) for v in levers]
    return _markdown(pd.DataFrame(rows, columns=["lever", "by", "unit", "meaning"]))


@cache
def _economy() -> Economy:
    """M3C with everything that it can report: other closures than the default, limits on output."""
    tables = load_assumptions()
    benchmark = calibrate(_dataset(), tables)
    kinds = dict.fromkeys(named.kind for named in catalogue())
    closure = tuple((kind, names(kind)[-1]) for kind in kinds)
    structure = Structure.of(benchmark, pools=("pool",), slots=("limit",), closure=closure)
    return declare(benchmark, tables.removal, structure)


def _variables() -> str:
    return variables_table(_economy().reports)


def _levers() -> str:
    return levers_table(_economy().levers)


def _closures() -> str:
    """Named closures."""
    rows = [(c.kind, f"`{c.name}`", c.meaning) for c in catalogue()]
    return _markdown(pd.DataFrame(rows, columns=["kind", "closure", "who adjusts"]))


def _markdown(table: pd.DataFrame, right: Sequence[str] = ()) -> str:
    """A table in Markdown, some columns aligned to the right."""
    header = "| " + " | ".join(table.columns) + " |"
    rule = "|" + "|".join("---:" if name in list(right) else "---" for name in table.columns) + "|"
    cells = table.astype(str).map(lambda cell: cell.replace("|", "/"))
    rows = ["| " + " | ".join(line) + " |" for line in cells.to_numpy().tolist()]
    return "\n".join([header, rule, *rows])


TABLES: dict[str, Callable[[], str]] = {
    "carbon_steps": _carbon_steps,
    "closures": _closures,
    "control_totals": _totals,
    "levers": _levers,
    "result_variables": _variables,
    "summary_of_totals": _summary,
    "footprints": _footprints,
    "report_footprints": _report,
}


if __name__ == "__main__":
    for path in sorted(DOCS.glob("*.md")):
        page = path.read_text(encoding="utf-8")
        path.write_text(page_with_tables(page), encoding="utf-8")
