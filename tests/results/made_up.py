"""Paths of made-up numbers that satisfy the identities of results, to test what is done with them.

What a variable is, its unit and name come from the reports of M3C; no model is behind the numbers:
emissions are random, the parts add up, net is gross minus removal, and the second scenario caps,
prices, removes and loses welfare.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from calibration import load_assumptions
from cge.blocks import Report
from cge.path import Pathway
from cge.reports import reported_data
from cge.scenario import Scenario, load_scenario
from sam import load_dataset
from tests.m3c.models import tiny

REGIONS = ("SH", "JS", "ZJ", "AH", "RCN")
LABELS = {
    "region": REGIONS,
    "sector": ("AGR", "FER", "ELE"),
    "household": ("RUR", "URB"),
    "fuel": ("COL", "GAS"),
    "technology": ("coal", "wind"),
}
SOURCES = ("co2_fuel", "co2_household", "co2_power")
NAMES = (
    *SOURCES, "co2_process", "co2_energy", "co2_direct", "co2_net", "co2_indirect", "removal",
    "offsets", "cap", "gdp_real", "consumption", "population", "carbon_price",
    "equivalent_variation", "welfare_with_saving", "generation_twh", "capacity",
)  # fmt: skip


@cache
def reports() -> dict[str, Report]:
    """What M3C reports of the made-up variables."""
    known = {report.name: report for report in tiny().reports}
    return {name: known[name] for name in NAMES}


def made_up(scenario: Scenario, last: int | None = None) -> Pathway:
    """A path of made-up numbers for a scenario, up to a year."""
    years = range(scenario.first, (last or scenario.last) + 1)
    rng = np.random.default_rng(len(scenario.pools))
    records = {year: _record(rng, capped=bool(scenario.pools)) for year in years}
    data = reported_data(list(reports().values()), LABELS, records)
    versions = {"dataset": "made up", "m3c-cge": "0"}
    places = load_dataset("yrd2020").geography
    how = solves(list(years))
    return Pathway(scenario, data, how, versions, load_assumptions(), places)


def _record(rng: np.random.Generator, *, capped: bool) -> dict[str, np.ndarray]:
    """One year in which the parts add up."""
    row = {
        name: rng.uniform(1.0, 100.0, [len(LABELS[dim]) for dim in report.dims.split()])
        for name, report in reports().items()
    }
    if not capped:
        row |= {name: 0.0 * row[name] for name in ("removal", "offsets", "carbon_price")}
    for name in ("equivalent_variation", "welfare_with_saving"):
        row[name] *= -1.0 if capped else 0.0
    row["co2_energy"] = sum(row[name].reshape(len(REGIONS), -1).sum(axis=1) for name in SOURCES)
    row["co2_direct"] = row["co2_energy"] + row["co2_process"].sum(axis=1)
    row["co2_net"] = row["co2_direct"] - row["removal"]
    row["carbon_price"][:-1] = row["carbon_price"][0]  # one pool of the first four
    return row


def solves(years: list[int]) -> pd.DataFrame:
    """How each year was solved."""
    columns = {"status": "solved", "rounds": 3, "worst": 1e-12, "walras": 1e-13}
    return pd.DataFrame({"year": years, **columns})


def baseline_and_policy() -> list[Pathway]:
    """Both paths of the main job."""
    policy = load_scenario("enhanced_carbon_neutrality")
    removal = policy.removal.model_copy(update={"ceiling": 4000.0})
    policy = policy.model_copy(update={"removal": removal})
    return [made_up(policy.baseline()), made_up(policy)]
