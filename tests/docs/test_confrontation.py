"""The pages of confrontation are those of what is stored, and leave nothing out."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from benchmarks.variations import COLUMNS as VARIED
from benchmarks.variations import LESS, MORE
from calibration import load_claims, load_facts
from calibration.facts import QUANTITIES, VARIABLES
from calibration.studies import STUDIED, load_studies
from cge.results.confrontation import (
    CLAIMED,
    COLUMNS,
    FOUND,
    HELD_AGAINST,
    NATION,
)

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("confrontation", DOCS / "confrontation.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def stored(script: ModuleType) -> pd.DataFrame:
    return pd.read_csv(script.FOUND, keep_default_na=False)


def test_pages_are_those_of_what_is_stored(script: ModuleType) -> None:
    for name in script.PAGES:
        page = (DOCS / name).read_text(encoding="utf-8")
        assert page == script.page_with_tables(page), "run `python docs/confrontation.py`"


def test_every_table_is_on_a_page(script: ModuleType) -> None:
    pages = "".join((DOCS / name).read_text(encoding="utf-8") for name in script.PAGES)
    assert not [name for name in script.TABLES if f"<!-- found: {name} -->" not in pages]


def test_every_claim_is_on_the_page_with_a_reason(script: ModuleType) -> None:
    page = (DOCS / "confrontation.md").read_text(encoding="utf-8")
    for claim in load_claims().rows:
        told = script._words(claim.quantity, claim.label)
        assert f"| {told} | {claim.region} | {claim.year} |" in page
    assert set(script.WHY) == set(QUANTITIES)
    assert all(f"| {reason} |" in page for reason in script.WHY.values())


def test_every_fact_and_study_has_a_number(script: ModuleType, stored: pd.DataFrame) -> None:
    assert tuple(stored.columns) == COLUMNS
    assert np.isfinite(stored["value"].astype(float)).all()
    assert not stored.duplicated([name for name in COLUMNS if name != "value"]).any()
    facts = stored[stored.part == "facts"]
    assert set(VARIABLES) == set(facts["quantity"])
    ratios = stored[stored.part == "ratios"]["value"].astype(float)
    assert len(ratios) == len(facts)
    studies = stored[stored.part == "studies"]
    found = {(row.scenario, row.quantity, row.year) for row in studies.itertuples()}
    assert {"baseline", "enhanced_carbon_neutrality"} <= set(studies["scenario"])
    for finding in load_studies().findings():
        if HELD_AGAINST[finding.scenario] not in set(studies["scenario"]):
            continue  # it has no path: the page has a dash
        year = 2060 if finding.quantity == "co2_peak" else finding.year
        assert (HELD_AGAINST[finding.scenario], finding.quantity, year) in found


def test_what_a_path_says_is_known_by_name() -> None:
    assert set(CLAIMED) <= set(QUANTITIES)
    assert set(FOUND) == set(STUDIED)


def test_ranges_of_co2_have_a_verdict(script: ModuleType, stored: pd.DataFrame) -> None:
    """Of scenarios without a target, within what is published or on which side of it."""
    table = script.TABLES["ranges"]()
    for finding in load_studies().findings():
        rows = stored.query("quantity == 'co2' and year == 2060")
        rows = rows[rows["scenario"] == HELD_AGAINST[finding.scenario]]
        if finding.study == "Range" and finding.quantity == "co2" and len(rows):
            name = HELD_AGAINST[finding.scenario]
            value = float(rows["value"].iloc[0])
            verdict = "within" if finding.holds(value) else "above" if value > 0 else ""
            verdict = "below" if value < finding.least else verdict
            (line,) = [line for line in table.splitlines() if f"`{name}`" in line]
            assert line.endswith(f"| {verdict} |")


def test_nation_is_all_regions(stored: pd.DataFrame) -> None:
    """Shares of the nation lie between none and all, and generation of 2020 is the statistics'."""
    told = stored[stored["part"] != "ratios"]
    shares = told[told["quantity"].str.endswith("_share")]["value"].astype(float)
    assert ((shares >= 0.0) & (shares <= 1.0)).all()
    rows = stored[(stored["part"] == "facts") & (stored["region"] == NATION)]
    made = rows.query("quantity == 'generation' and label == 'total' and year == 2020")
    told = load_facts().value("generation", "CN", 2020, "total")
    assert float(made["value"].iloc[0]) == pytest.approx(told, rel=0.01)


def test_elasticity_of_a_power_law(script: ModuleType) -> None:
    rows = [
        {"family": name, "change": mark, "price_2060": 1000.0 * factor**slope}
        for name, slope in (("steep", -1.5), ("flat", 0.2))
        for mark, factor in ((LESS, 0.9), (MORE, 1.1))
    ]
    found = script.elasticities(pd.DataFrame(rows, columns=list(VARIED)))
    assert list(found.index) == ["steep", "flat"]
    assert found["elasticity"].to_numpy() == pytest.approx([-1.5, 0.2])
