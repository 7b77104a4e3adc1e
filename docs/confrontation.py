"""Write the pages that hold results beside what others say: ``python docs/confrontation.py``.

A page holds a table between the lines ``<!-- found: NAME -->`` and ``<!-- end -->``. The tables are
made of ``confrontation.csv`` and ``variations.csv`` beside this file; with ``--solve`` the
scenarios are solved first, which takes minutes, and the first of the two is written anew
(``python -m benchmarks.variations`` writes the second), and so is ``paths.csv``, of which the home
page's figure is drawn. ``reasons.csv`` says why numbers differ.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calibration import load_claims, load_facts
from calibration.facts import QUANTITIES, VARIABLES, ClaimRow, agrees
from calibration.studies import SCENARIOS, STUDIED, Finding, load_studies
from catalogues.markdown import framed
from catalogues.pictures import store
from cge.results.confrontation import COLUMNS, HELD_AGAINST, NATION, OF_ALL, confronted
from cge.results.facts import MET

if TYPE_CHECKING:
    from cge.path import Pathway

DOCS = Path(__file__).parent
FOUND, VARIED, WITHIN = (DOCS / f"{name}.csv" for name in ("confrontation", "variations", "within"))
WHY = pd.read_csv(DOCS / "reasons.csv").set_index("quantity")["why"].to_dict()
"""Why a path and the report differ, or a path says nothing, by quantity of claims."""

LESS, MORE = "×0.9", "×1.1"
"""Changes of ``benchmarks.variations`` of which elasticities are made."""

PAGES = ("confrontation.md", "variations.md")
SHIPPED = ("frozen", "current_policies", "enhanced_carbon_neutrality")
_MARKED = re.compile(r"(<!-- found: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_KEYS = ["quantity", "label", "region", "year"]

_GROUPS = {
    "emissions": ("co2_with_indirect", "co2_by_source", "co2_share", "sinks", "bioenergy_capture",
                  "gdp_per_co2"),
    "energy": ("primary_energy", "non_fossil_share", "renewable_energy_share", "coal_share",
               "oil_share", "dependence", "energy_production", "energy_production_non_fossil",
               "energy_production_electric", "fuel_imports", "final_energy_share"),
    "electricity": ("renewable_share", "generation", "generation_share"),
    "economy": ("gdp", "population", "investment", "projects", "footprint_from_outside",
                "footprint_pull"),
}  # fmt: skip


def solve() -> dict[str, Pathway]:
    """Solve the scenarios, each policy with one baseline: paths by name, the baseline first.

    A scenario with a year that has no equilibrium counts as far as it goes, and is named.
    """
    import cge
    from cge.path import Interrupted

    scenarios = [cge.load_scenario(name) for name in SHIPPED]
    paths = {"baseline": cge.run(scenarios[0].baseline())}
    for each in scenarios:
        try:
            paths[each.name] = cge.run(each, baseline=paths["baseline"])
        except Interrupted as error:
            print(error)
            paths[each.name] = error.path
    return paths


def write(found: pd.DataFrame) -> None:
    """Store what was found."""
    found.to_csv(FOUND, index=False, float_format="%.6g", lineterminator="\n")


@cache
def found(part: str) -> pd.DataFrame:
    """What paths said: a part of the stored table."""
    table = pd.read_csv(FOUND, keep_default_na=False, dtype={"label": str})
    return table[table["part"] == part].astype({"value": float})


def _value(part: str, scenario: str, quantity: str, year: int, label: str = "") -> float:
    """A stored number of the nation; not a number where there is none."""
    table = found(part)
    keys = ("scenario", "quantity", "year", "label", "region")
    wanted = (scenario, quantity, year, label, NATION)
    for key, value in zip(keys, wanted, strict=True):
        table = table[table[key] == value]
    return float(table["value"].iloc[0]) if len(table) else np.nan


# Facts --------------------------------------------------------------------------------------------


def _facts() -> pd.DataFrame:
    """Facts of the nation and provinces, with what the baseline says and the ratio."""
    told = load_facts().to_frame().rename(columns={"variable": "quantity", "value": "fact"})
    ratios = found("ratios").rename(columns={"value": "ratio"})[[*_KEYS, "ratio"]]
    both = found("facts").merge(ratios, on=_KEYS, validate="one_to_one")
    return both.merge(told[[*_KEYS, "fact", "unit"]], on=_KEYS, validate="one_to_one")


def _nation() -> str:
    """Facts of the nation: ours, the fact, by year."""
    table = _facts()
    table = table[table["region"] == NATION]
    years = range(2020, 2026)
    rows = []
    for (what, label), group in table.groupby(["quantity", "label"], sort=False):
        by_year, unit = group.set_index("year")[["value", "fact"]], VARIABLES[str(what)]
        cells = [_beside(*by_year.loc[y], unit) if y in by_year.index else "" for y in years]
        rows.append((_words(str(what), str(label)), _unit(str(what)), *cells))
    columns = ["ours / fact", "unit", *map(str, years)]
    return framed(pd.DataFrame(rows, columns=columns), right=columns[2:])


def _provinces() -> str:
    """Facts of provinces."""
    table = _facts()
    rows = [
        (_words(row.quantity, row.label), row.region, str(row.year),
         _shown(row.fact, VARIABLES[row.quantity]), _shown(row.value, VARIABLES[row.quantity]),
         f"{row.ratio:.2f}")
        for row in table[table["region"] != NATION].itertuples()
    ]  # fmt: skip
    columns = ["fact", "region", "year", "fact's number", "ours", "ratio"]
    return framed(pd.DataFrame(rows, columns=columns), right=columns[3:])


def _missed() -> str:
    """How many facts are met, and those of the last two years that are not."""
    table = _facts()
    national = table[(table["region"] == NATION) & (table["year"] > 2020)]
    rows = []
    for what, group in national.groupby("quantity", sort=False):
        off = (group["ratio"] - 1.0).abs()
        worst = group.loc[off.idxmax()]
        rows.append(
            (_words(str(what)), f"{int((off <= MET).sum())} of {len(group)}",
             f"{worst['ratio']:.2f} ({worst['label'] or 'nation'} "
             f"{int(worst['year'])})")
        )  # fmt: skip
    columns = ["facts of the nation, 2021-2025", "within 3 %", "farthest"]
    return framed(pd.DataFrame(rows, columns=columns), right=columns[1:])


def _unit(variable: str) -> str:
    unit = VARIABLES[variable]
    return "1" if unit.startswith(("fraction", "change")) else unit.split(",")[0].split(" at ")[0]


# Claims -------------------------------------------------------------------------------------------


def _claims(group: str) -> str:
    """Claims of a group, and why they differ."""
    ours = found("claims").set_index(_KEYS)["value"]
    rows = []
    for what in _GROUPS[group]:
        for claim in load_claims().of(what):
            key = (claim.quantity, claim.label, claim.region, claim.year)
            value = float(ours[key]) if key in ours.index else np.nan
            rows.append(_claim_cells(claim, value))
    columns = ["claim", "region", "year", "unit", "report", "ours", "ratio", "agrees"]
    table = framed(pd.DataFrame(rows, columns=columns), right=columns[4:7])
    reasons = pd.DataFrame([(_words(what), WHY[what]) for what in _GROUPS[group]])
    reasons.columns = pd.Index(["claim", "why"])
    return f"{table}\n\n{framed(reasons)}"


def _claim_cells(claim: ClaimRow, value: float) -> tuple[str, ...]:
    bound = {"exactly": "", "about": "about ", "above": "above ", "below": "below "}[claim.bound]
    told = (_words(claim.quantity, claim.label), claim.region, str(claim.year), claim.unit)
    report = f"{bound}{_shown(claim.value, claim.unit)}"
    if np.isnan(value):
        return (*told, report, "-", "-", "-")
    met = "yes" if agrees(claim, value) else "no"
    return (*told, report, _shown(value, claim.unit), _ratio(value, claim.value), met)


def _spoken() -> str:
    """How many claims a path speaks to, and how many agree."""
    ours = found("claims").set_index(_KEYS)["value"]
    rows = []
    for group, quantities in _GROUPS.items():
        claims = [claim for what in quantities for claim in load_claims().of(what)]
        met = [(c, (c.quantity, c.label, c.region, c.year)) for c in claims]
        told = [(claim, float(ours[key])) for claim, key in met if key in ours.index]
        agreed = sum(agrees(claim, value) for claim, value in told)
        rows.append((group, str(len(claims)), str(len(told)), str(agreed)))
    columns = ["claims on", "in all", "a path speaks to", "agree within a tenth"]
    return framed(pd.DataFrame(rows, columns=columns), right=columns[1:])


# Studies ------------------------------------------------------------------------------------------


def _studies() -> str:
    """Findings of studies beside ours."""
    rows = []
    for finding in load_studies().findings():
        scenario = HELD_AGAINST[finding.scenario]
        ours = _value("studies", scenario, finding.quantity, _looked_at(finding))
        source, quality = finding.rows[0].source, finding.rows[0].quality
        unit, told = STUDIED[finding.quantity][0], f"{finding.study}: {source}"
        rows.append(
            (_words(finding.quantity), str(finding.year), unit, _range(finding),
             _shown(ours, unit), f"`{scenario}`", told, quality)
        )  # fmt: skip
    columns = ["quantity", "year", "unit", "study", "ours", "of", "source", "quality"]
    return framed(pd.DataFrame(rows, columns=columns), right=columns[3:5])


def _looked_at(finding: Finding) -> int:
    return 2060 if finding.quantity == "co2_peak" else finding.year


def _range(finding: Finding) -> str:
    unit = STUDIED[finding.quantity][0]
    ends = [_shown(end, unit) for end in (finding.least, finding.most) if np.isfinite(end)]
    if len(ends) == 1:
        side = {"least": "at least ", "most": "at most ", "about": "about ", "exactly": ""}
        return side[finding.rows[0].bound] + ends[0]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def _ranges() -> str:
    """Whether scenarios without a target lie in what is published."""
    rows = []
    for finding in load_studies().findings():
        if finding.study == "Range" and finding.quantity == "co2":
            scenario = HELD_AGAINST[finding.scenario]
            ours = _value("studies", scenario, "co2", finding.year)
            verdict = "within" if finding.holds(ours) else "below"
            verdict = "above" if ours > finding.most else verdict
            verdict = "not known: it does not reach the year" if np.isnan(ours) else verdict
            rows.append(
                (f"`{scenario}`", SCENARIOS[finding.scenario], str(finding.year), _range(finding),
                 _shown(ours), verdict)
            )  # fmt: skip
    columns = ["scenario", "kind", "year", "published, Gt", "ours, Gt", "ours is"]
    return framed(pd.DataFrame(rows, columns=columns), right=columns[3:5])


def _scenarios() -> str:
    """The scenarios side by side."""
    rows = []
    for what, years in OF_ALL.items():
        for year in years:
            values = [_value("studies", name, what, year) for name in ("baseline", *SHIPPED)]
            shown = "whole path" if what == "co2_peak" else str(year)
            unit = STUDIED[what][0]
            rows.append((_words(what), unit, shown, *(_shown(value, unit) for value in values)))
    columns = ["quantity", "unit", "year", "`baseline`", *(f"`{name}`" for name in SHIPPED)]
    return framed(pd.DataFrame(rows, columns=columns), right=columns[3:])


# Variations ---------------------------------------------------------------------------------------


@cache
def _varied() -> pd.DataFrame:
    if not VARIED.exists():
        return pd.DataFrame(columns=["family", "change", "price_2060", "failed"])
    text = {"family": str, "change": str, "failed": str}
    return pd.read_csv(VARIED, keep_default_na=False, na_values=["nan"], dtype=text)


def _variations() -> str:
    """What each change of an assumption does."""
    rows = []
    for row in _varied().to_dict("records"):
        if row["change"] not in (LESS, MORE):
            prices = [_price(row[f"price_{year}"]) for year in (2035, 2040, 2050, 2060)]
            lost = [_per_cent(row[f"gdp_{year}"]) for year in (2050, 2060)]
            rest = [_shown(row[name]) for name in ("electricity_2060", "co2_baseline_2060")]
            rounds = (
                "" if pd.isna(row["rounds"]) else f"{row['rounds']:.1f}, {row['most_rounds']:.0f}"
            )
            told = (row["family"], row["change"])
            rows.append(
                (*told, *prices, _price(row["price_delta_2060"]), *lost, *rest, rounds,
                 row["failed"])
            )  # fmt: skip
    columns = ["family", "change", "2035", "2040", "2050", "2060", "Delta 2060", "GDP 2050",
               "GDP 2060", "PWh 2060", "baseline Gt 2060", "rounds", "fails in"]  # fmt: skip
    return framed(pd.DataFrame(rows, columns=columns), right=columns[2:])


def elasticities(table: pd.DataFrame) -> pd.DataFrame:
    r"""Price p of 2060 at a tenth less and more of each family, and its elasticity, largest first.

    .. math:: \epsilon = \frac{\ln p(1.1) - \ln p(0.9)}{\ln 1.1 - \ln 0.9} .
    """
    mine = table[table["change"].isin([LESS, MORE])]
    wide = mine.pivot(index="family", columns="change", values="price_2060")
    wide = wide.reindex(columns=[LESS, MORE]).dropna()
    found = wide.assign(elasticity=np.log(wide[MORE] / wide[LESS]) / np.log(1.1 / 0.9))
    return found.sort_values("elasticity", key=abs, ascending=False)


def _elasticities() -> str:
    """The ten families that move the price of 2060 most."""
    columns = ["family", f"price at {LESS}", f"price at {MORE}", "elasticity"]
    rows = [
        (str(name), _price(low), _price(high), f"{slope:+.2f}")
        for name, low, high, slope in elasticities(_varied()).head(10).itertuples()
    ]
    return framed(pd.DataFrame(rows, columns=columns), right=columns[1:])


def _within() -> str:
    """The ten parameters that move the price of a year most within it."""
    columns = ["parameter", "of", "elasticity"]
    if not WITHIN.exists():
        return framed(pd.DataFrame(columns=columns))
    table = pd.read_csv(WITHIN, keep_default_na=False).head(10)
    rows = [
        (row.family, row.label.replace("_", " "), f"{row.elasticity:+.2f}")
        for row in table.itertuples()
    ]
    return framed(pd.DataFrame(rows, columns=columns), right=columns[2:])


# Cells --------------------------------------------------------------------------------------------


def _words(name: str, label: str = "") -> str:
    words = name.replace("_", " ")
    return f"{words}, {label.replace('_', ' ')}" if label else words


def _shown(value: float, unit: str = "") -> str:
    """A number with as many digits as it deserves; fractions in per cent."""
    if pd.isna(value):
        return "-"
    if unit.startswith(("fraction", "change")):
        return f"{100.0 * value:.1f} %"
    size = abs(value)
    if size == 0.0:
        return "0"
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:,.{digits}f}"


def _beside(ours: float, fact: float, unit: str) -> str:
    return f"{_shown(ours, unit)} / {_shown(fact, unit)}"


def _ratio(ours: float, told: float) -> str:
    return f"{ours / told:.2f}" if told else "-"


def _price(value: float) -> str:
    return "-" if pd.isna(value) else f"{value:,.0f}"


def _per_cent(value: float) -> str:
    return "-" if pd.isna(value) else f"{100.0 * value:+.1f} %"


TABLES: dict[str, Callable[[], str]] = {
    "claims_economy": lambda: _claims("economy"),
    "claims_electricity": lambda: _claims("electricity"),
    "claims_emissions": lambda: _claims("emissions"),
    "claims_energy": lambda: _claims("energy"),
    "claims_spoken_to": _spoken,
    "elasticities": _elasticities,
    "facts_missed": _missed,
    "facts_of_nation": _nation,
    "facts_of_provinces": _provinces,
    "ranges": _ranges,
    "scenarios": _scenarios,
    "studies": _studies,
    "variations": _variations,
    "within": _within,
}


def page_with_tables(text: str) -> str:
    """A page whose marked tables are those of what is stored."""
    return _MARKED.sub(lambda mark: f"{mark[1]}\n{TABLES[mark[2]]()}\n\n{mark[3]}", text)


assert set(COLUMNS) >= set(_KEYS), "what is stored has the keys of claims"
assert {what for group in _GROUPS.values() for what in group} == set(QUANTITIES), "all quantities"


if __name__ == "__main__":
    if "--solve" in sys.argv[1:]:
        paths = solve()
        write(confronted(paths, load_claims(), load_studies()))
        store(list(paths.values()))
    for name in PAGES:
        path = DOCS / name
        path.write_text(page_with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")
