"""The summary of a solved year: names and units of the consortium, parents that are their parts."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from cge.path import Pathway
from cge.reports import reported_data
from cge.results import summary
from cge.results.iamc import named, sets, unit_of
from cge.results.report.energy import flows
from cge.results.report.numbers import Run
from tests.m3c.conftest import Small
from tests.m3c.models import tiny
from tests.results.made_up import solves

OURS = {
    "Carbon Storage", "Emissions Cap|CO2", "Emissions Permits at Ceiling|CO2", "Exports",
    "Government Consumption", "Imports", "Indirect Emissions|CO2", "Output", "Output|Agriculture",
    "Output|Industry", "Output|Services", "Transition Investment",
    "Transition Investment|Agriculture", "Transition Investment|Buildings",
    "Transition Investment|Carbon Removal", "Transition Investment|Energy",
    "Transition Investment|Industry", "Transition Investment|Transportation",
    "Welfare|Equivalent Variation", "Welfare|Equivalent Variation and Saving",
}  # fmt: skip
"""Variables of the summary that common-definitions has not."""

USES = ("Agriculture", "Industry", "Residential and Commercial", "Transportation")
CARRIERS = ("Electricity", "Gases", "Liquids", "Solids")
SOURCES = (
    "Biomass", "Coal", "Gas", "Hydro", "Nuclear", "Oil", "Secondary Energy Trade", "Solar", "Wind",
)  # fmt: skip
PLANTS = ("Biomass", "Coal", "Gas", "Hydro", "Nuclear", "Oil", "Solar", "Wind")
INDUSTRY = (
    "Chemicals", "Iron and Steel", "Non-Ferrous Metals", "Non-Metallic Minerals", "Other Sector",
    "Pulp and Paper",
)  # fmt: skip
SUPPLY = ("Electricity", "Gases", "Liquids", "Other", "Solids")
PARTS = {
    "Population": ("Rural", "Urban"),
    "Emissions|CO2": ("Energy", "Industrial Processes", "Other Capture and Removal"),
    "Emissions|CO2|Energy": ("Supply", "Demand"),
    "Emissions|CO2|Energy|Supply": SUPPLY,
    "Emissions|CO2|Energy|Demand": (
        "AFOFI", "Industry", "Residential and Commercial", "Transportation",
    ),
    "Emissions|CO2|Industrial Processes": (*INDUSTRY[:4], "Other Sector"),
    "Carbon Capture": ("Geological Storage",),
    "Carbon Removal": ("Geological Storage",),
    "Carbon Removal|Geological Storage": ("Biomass", "Direct Air Capture"),
    "Secondary Energy|Electricity": PLANTS,
    "Capacity|Electricity": PLANTS,
    "Capacity|Electricity|Coal": ("w/ CCS", "w/o CCS"),
    "Capacity Additions|Electricity": PLANTS,
    "Investment|Energy Supply|Electricity": PLANTS,
    "Final Energy|Industry": INDUSTRY,
    "Final Energy|Residential and Commercial": CARRIERS,
    "Final Energy|Transportation": CARRIERS,
    "Final Energy|Non-Energy Use": CARRIERS[1:],
    "Primary Energy": SOURCES,
    "Output": ("Agriculture", "Industry", "Services"),
}  # fmt: skip
"""Parts that a variable is the sum of."""

NODES = ("Solids", "Liquids", "Gases", "Electricity", "Power stations")
USERS = ("Industry", "Transport", "Buildings", "Agriculture", "Non-energy use")


def every_label() -> dict[str, tuple[str, ...]]:
    """Labels that sets name, and one that none does."""
    found: dict[str, set[str]] = {}
    for dimension, members in sets().values():
        labels = found.setdefault(dimension, {"a label that no set names"})
        labels.update(*members.values())
    return {dim: tuple(sorted(labels - {"*"})) for dim, labels in found.items()}


def test_names_and_units_are_those_of_common_definitions() -> None:
    """Whoever names another variable takes it from there, or lists it among ours."""
    file = Path(__file__).parents[1] / "results" / "iamc_definitions.csv"
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]
    defined = {row["variable"]: row["unit"] for row in csv.DictReader(lines)}
    labels, used = every_label(), {}
    for report in tiny().reports:
        for one in named(report.iamc, labels):
            used.setdefault(one.variable, unit_of(report.unit, 2020)[0])
    used = {name: unit for name, unit in used.items() if not name.endswith("Electricity|Other")}
    assert {name: unit for name, unit in used.items() if name not in OURS} == defined
    assert set(used) - set(defined) == OURS


def test_a_set_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match=r"no set 'colour' of technology; known are technology"):
        list(named("Capacity|{technology:colour}", {"technology": ("coal",)}))


def test_money_of_another_year_stays_in_yuan() -> None:
    assert unit_of("1e8 CNY", 2007) == ("billion CNY_2007/yr", 0.1)
    assert unit_of("1e8 CNY", 2020)[0] == "billion USD_2010/yr"


@pytest.fixture(scope="module")
def path(small: Small) -> Pathway:
    """A year with caps."""
    at = small.at(small.solve(small.capped([0.8, 0.9])))
    told = [report for report in small.economy.reports if report.iamc or report.total == "sum"]
    record = {report.name: report.of(at) for report in told}
    setting = small.setting
    data = reported_data(told, setting.labels, {2020: record})
    places = setting.dataset.geography
    return Pathway(setting.scenario, data, solves([2020]), {}, setting.assumptions, places)


@pytest.fixture(scope="module")
def table(path: Pathway) -> pd.DataFrame:
    """Its summary, by region and variable."""
    return summary([path]).pivot(index="region", columns="variable", values="value")


def test_flows_of_energy_are_conserved(path: Pathway, table: pd.DataFrame) -> None:
    """Carriers and power stations give away what they receive, and users get final energy."""
    run = Run.of([path])
    for area in ("A", "B", run.nation):
        links = [(a[0], b[0], size) for a, b, size in flows(run, path, area, 2020)]
        given, taken = (
            {name: sum(link[2] for link in links if link[place] == name) for name in NODES}
            for place in (0, 1)
        )
        assert given == pytest.approx(taken, rel=1e-9, abs=1e-9)
        final = sum(size for _, end, size in links if end in USERS)
        name = path.geography.names.get(area, area)
        assert final * 29.3076e-3 == pytest.approx(table.loc[name, "Final Energy"], rel=1e-9)
        moved = sum(size for _, end, size in links if end == "Transport")
        transport = table.loc[name, "Final Energy|Transportation"]
        assert moved * 29.3076e-3 == pytest.approx(transport, rel=1e-9)


@pytest.mark.parametrize("parent", PARTS)
def test_parents_are_the_sum_of_their_parts(parent: str, table: pd.DataFrame) -> None:
    names = [f"{parent}|{part}" for part in PARTS[parent]]
    parts = [table[name] for name in names if name in table]
    assert parts, f"no part of {parent}"
    pd.testing.assert_series_equal(
        table[parent], sum(parts), check_names=False, rtol=1e-9, atol=2e-6
    )


@pytest.mark.parametrize("names", [(*USES, "Non-Energy Use"), CARRIERS], ids=["use", "carrier"])
def test_final_energy_is_that_of_uses_and_that_of_carriers(
    names: tuple[str, ...], table: pd.DataFrame
) -> None:
    parts = [table[f"Final Energy|{n}"] for n in names if f"Final Energy|{n}" in table]
    pd.testing.assert_series_equal(table["Final Energy"], sum(parts), check_names=False, rtol=1e-9)


def test_net_emissions_are_gross_ones_and_removals(table: pd.DataFrame) -> None:
    total = table["Gross Emissions|CO2"] + table["Gross Removals|CO2"]
    pd.testing.assert_series_equal(table["Emissions|CO2"], total, check_names=False, rtol=1e-9)


def test_totals_are_sums_of_regions_by_their_names(small: Small, table: pd.DataFrame) -> None:
    places = small.setting.dataset.geography
    regions = list(places.names.values())
    assert set(regions) <= set(table.index)
    for name in ("GDP|MER", "Final Energy", "Secondary Energy|Electricity"):
        assert table.loc[regions, name].sum() == pytest.approx(table.loc[places.nation, name])
