"""Write the page that holds the report's projects beside ours: ``python docs/projects.py``.

Its tables, between ``<!-- found: NAME -->`` and ``<!-- end -->``, are made of ``projects.csv`` and
of the shipped projects; with ``--solve`` the projects are assessed first, which takes minutes, or
those whose names follow.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

import pandas as pd

from catalogues.markdown import table
from cge.projects import Assessment, Parts, Project, Range, assess, available_projects, load_project
from cge.scenario import load_scenario

DOCS = Path(__file__).parent
FOUND, PAGE = DOCS / "projects.csv", DOCS / "projects.md"
SCENARIO, LAST, ALL = "current_policies", 2037, "all_ten"
_MARKED = re.compile(r"(<!-- found: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def owned(project: Project) -> Project:
    """The project, all of it capital of sectors that avert CO2, else of those that build it.

    Plants earn by what they sell, and are nobody's capital beside.
    """
    if project.plants is not None:
        return project
    averted = project.abatement.sectors if project.abatement else None
    shares = averted.shares if averted else project.basket.shares
    words = {"source": "bound of the page", "quality": "assumed"}
    return project.model_copy(update={"capital": Parts(shares=dict(shares), **words)})


def solve(names: Collection[str]) -> Iterator[tuple[str, str, str, str, float]]:
    """Assess projects alone, or all together: project, capital, phase, number, value."""
    scenario = load_scenario(SCENARIO)
    for name in names:
        each = [load_project(one) for one in (available_projects() if name == ALL else [name])]
        found, bounds = None, {"equipment": each, "capital": [owned(p) for p in each]}
        for capital, chosen in bounds.items():
            if found is None or chosen != each:
                found = assess(chosen, scenario, last=LAST)
            for phase in ("construction", "operation", "project"):
                for what, value in numbers(found, phase).items():
                    yield name, capital, phase, what, value
            print(name, capital, flush=True)


def numbers(found: Assessment, phase: str) -> dict[str, float]:
    """What the page tells of a phase."""
    phases = found.phase(phase)
    years = phases.loc[min(p.years.first for p in found.projects) : found.built]
    return {
        "gdp_first": float(years["GDP"].iloc[0]),
        "gdp_built": float(years["GDP"].sum()),
        "gdp_last": float(phases["GDP"].iloc[-1]),
        "jobs": float(years["jobs"].mean()),
        "jobs_gained": float(years["jobs gained"].mean()),
        "co2": float(phases["CO2"].iloc[-1] - phases.get("CO2 uptake", pd.Series([0.0])).iloc[-1]),
        "co2_indirect": float(phases["CO2 indirect"].iloc[-1]),
        "co2_nation": float(found.difference("co2_direct", phase, nation=True)[-1]),
        **(_electricity(found) if phase == "operation" else {}),
    }


def _electricity(found: Assessment) -> dict[str, float]:
    """What is made more in the last year where projects build plants, TWh by technology."""
    if not any(p.plants for p in found.projects):
        return {}
    phases = ("operation", "without")
    made = [found.paths[p].data["generation_twh"].isel(year=-1) for p in phases]
    more = (made[0] - made[1]).sel(region=list(found.regions)).sum("region")
    return {f"twh_{t}": float(more.sel(technology=t)) for t in more["technology"].to_numpy()}


def _of(name: str, capital: str, phase: str, what: str) -> float:
    stored = pd.read_csv(FOUND).set_index(["project", "capital", "phase", "number"])["value"]
    return float(stored.loc[name, capital, phase, what])


def _range(number: Range | None) -> str:
    if number is None:
        return "-"
    ends = f"{number.low:,g}" if number.low == number.high else f"{number.low:,g}-{number.high:,g}"
    return ends + ("" if number.quality == "published" else "*")


def _tons(project: Project) -> Range | None:
    """What its authors expect it to avert."""
    return project.abatement.tons if project.abatement else project.claims.tons


def _claims() -> str:
    """What the report claims of each project."""
    rows = []
    for p in map(load_project, available_projects()):
        said, averted = p.claims, _tons(p)
        years = f"{p.years.first}-{p.years.last}"
        numbers = (p.amount, said.gdp, said.output, said.jobs, averted)
        rows.append((f"`{p.name}`", p.title["en"], years, *map(_range, numbers)))
    columns = ["name", "project", "built", "amount", "GDP", "output", "jobs, thousand", "Mt a year"]
    return table(columns, rows, columns[3:])


def _beside() -> str:
    """Claims beside ours."""
    rows = []
    for name in (*available_projects(), ALL):
        p = None if name == ALL else load_project(name)
        bounds = [_bounds(name, what) for what in ("gdp_built", "gdp_last")]
        first = f"{_of(name, 'equipment', 'construction', 'gdp_first'):,.1f}"
        claims = [_range(p and (p.claims.gdp or p.claims.output)), *bounds, first]
        jobs = [
            _range(p and p.claims.jobs),
            f"{_of(name, 'equipment', 'project', 'jobs_gained'):,.0f}",
        ]
        tons = p and _tons(p)
        co2 = [_range(tons), f"{-_of(name, 'equipment', 'project', 'co2'):,.1f}"]
        nation = f"{-_of(name, 'equipment', 'project', 'co2_nation'):,.1f}"
        rows.append((f"`{name}`", *claims, *jobs, *co2, nation))
    columns = [
        "project", "claimed GDP or output", "GDP while built", f"GDP {LAST}", "GDP first year",
        "claimed jobs", "jobs moved", "claimed Mt", f"Mt {LAST}", "Mt of nation",
    ]  # fmt: skip
    return table(columns, rows, columns[1:])


def _bounds(name: str, what: str) -> str:
    """A number at both bounds of what is built, one number where they are the same."""
    ends = sorted(_of(name, capital, "project", what) for capital in ("equipment", "capital"))
    return " to ".join(dict.fromkeys(f"{end:,.0f}" for end in ends))


def _phases() -> str:
    """GDP by phase, both bounds."""
    rows = []
    for name in (*available_projects(), ALL):
        cells = [
            f"{_of(name, capital, phase, 'gdp_last'):,.1f}"
            for capital in ("equipment", "capital")
            for phase in ("construction", "operation")
        ]
        rows.append((f"`{name}`", *cells))
    columns = [
        "project",
        "equipment: construction",
        "operation",
        "capital: construction",
        "operation",
    ]
    return table(columns, rows, columns[1:])


def _electricity_made() -> str:
    """What is made of electricity with the plants of projects, and without."""
    stored = pd.read_csv(FOUND)
    rows = stored[
        stored["number"].str.startswith("twh_")
        & (stored["capital"] == "equipment")
        & (stored["project"] != ALL)
    ]
    cells = rows.pivot_table("value", "number", "project", sort=False)
    cells = cells[(cells.abs() >= 0.05).any(axis=1)]
    lines = [
        (str(number).removeprefix("twh_").replace("_", " "), *(f"{x:,.1f}" for x in values))
        for number, values in zip(cells.index, cells.to_numpy(), strict=True)
    ]
    columns = [f"TWh more in {LAST}", *(f"`{name}`" for name in cells)]
    return table(columns, lines, columns[1:])


TABLES = {"claims": _claims, "beside": _beside, "phases": _phases, "electricity": _electricity_made}


def page_with_tables(page: str) -> str:
    """The page with its tables made anew."""
    return _MARKED.sub(lambda at: f"{at[1]}\n{TABLES[at[2]]()}\n\n{at[3]}", page)


if __name__ == "__main__":
    if "--solve" in sys.argv:
        everything = [*available_projects(), ALL]
        names = sys.argv[sys.argv.index("--solve") + 1 :] or everything
        stored = pd.read_csv(FOUND)
        kept = stored[~stored["project"].isin(names)]
        solved = pd.concat([kept, pd.DataFrame(solve(names), columns=list(stored))])
        solved = solved.sort_values("project", key=lambda p: p.map(everything.index), kind="stable")
        solved.to_csv(FOUND, index=False, float_format="%.6g", lineterminator="\n")
    PAGE.write_text(page_with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
