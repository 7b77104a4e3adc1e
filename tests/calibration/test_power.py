"""Electricity: technologies and grid share the sector's column, item by item."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration import (
    AssumptionError,
    Benchmark,
    CalibrationError,
    calibrate,
    generation_shares,
    load_assumptions,
    load_technologies,
    worst_residual,
)
from calibration.capacities import WEATHER
from calibration.power import GENERATION_SHARE
from sam import Dataset
from tests.economies import tiny_dataset


def column(dataset: Dataset, region: str) -> dict[str, float]:
    """What the electricity sector pays in the SAM, by account."""
    names = dataset.sam.frame
    mine = names[
        (names["col_region"] == region)
        & (names["col_kind"] == "activity")
        & (names["col"] == "ELE")
        & (names["row_kind"] != "tax")
    ]
    return dict(zip(mine["row"], mine["value"], strict=True))


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1))
def test_the_split_is_exact_in_every_item(seed: int) -> None:
    dataset = tiny_dataset(seed)
    b = calibrate(dataset)
    place = b.electricity_place
    for r, region in enumerate(b.regions):
        paid = column(dataset, region)
        rents = b.power.capital + b.power.fixed
        assert b.production.labour[r, place] + b.power.labour[r].sum() == pytest.approx(paid["LAB"])
        assert b.production.capital[r, place] + rents[r].sum() == pytest.approx(paid["CAP"])
        assert b.production.electricity[r, place] == 0.0  # its own sales are a material
        assert b.production.material[r, place, place] == pytest.approx(paid["ELE"])
        for good in set(b.sectors) - {"ELE"}:
            i = b.position(good)
            bought = b.production.material[r, i, place] + b.power.material[r, i].sum()
            if good in b.fuels:
                f = b.fuels.index(good)
                bought += b.production.fuel[r, f, place] + b.power.fuel[r, f].sum()
            assert bought == pytest.approx(paid.get(good, 0.0), rel=1e-12)


def test_absent_technologies_stay_absent_and_present_ones_have_a_cost(
    dataset: Dataset, benchmark: Benchmark
) -> None:
    made = dataset.generation.groupby("region")["twh"].sum().loc[list(benchmark.regions)]
    np.testing.assert_allclose(benchmark.power.twh.sum(axis=1), made, rtol=1e-12)
    present = benchmark.power.twh > 0.0  # region, technology
    np.testing.assert_array_equal(benchmark.power.output > 0.0, present)
    for name in ("labour", "capital", "fixed"):
        assert not getattr(benchmark.power, name)[~present].any()
    for name in ("material", "fuel"):
        inputs = getattr(benchmark.power, name).sum(axis=1)  # region, technology
        assert not inputs[~present].any()
    assert "oil" in np.array(benchmark.technologies)[~present.any(axis=0)]


def test_cost_structures_are_those_assumed(benchmark: Benchmark) -> None:
    """Wind, sun and water burn nothing and pay for their sites; coal plants buy coal."""
    renewable = [benchmark.technologies.index(t) for t in (*WEATHER, "hydro", "nuclear")]
    assert not benchmark.power.fuel[:, :, renewable].any()
    table = load_technologies()
    paid = benchmark.power.fixed + benchmark.power.capital
    assumed = table.share("fixed") / (table.share("fixed") + table.share("capital"))
    ratio = benchmark.power.fixed / np.where(paid > 0.0, paid, 1.0)
    np.testing.assert_allclose(ratio, np.where(paid > 0.0, assumed, 0.0), atol=1e-12)
    coal = benchmark.technologies.index("coal")
    burnt = benchmark.power.fuel[:, benchmark.fuels.index("COL"), coal]
    assert (burnt > 0.4 * benchmark.power.output[:, coal]).all()


def test_fuel_stays_with_the_grid_only_where_no_technology_burns_it(benchmark: Benchmark) -> None:
    grid = benchmark.production.fuel[:, :, benchmark.electricity_place]  # region, fuel
    gas, coal = benchmark.fuels.index("GAS"), benchmark.fuels.index("COL")
    with_gas = benchmark.power.twh[:, benchmark.technologies.index("gas")] > 0.0
    assert not grid[with_gas, gas].any()
    assert (grid[~with_gas, gas] > 0.0).all()
    assert not grid[:, coal].any()


def test_value_shares_follow_physical_generation(benchmark: Benchmark) -> None:
    cost = load_technologies().cost
    expected = benchmark.power.twh * cost
    expected = expected / expected.sum(axis=1, keepdims=True)
    shares = generation_shares(benchmark).to_numpy()
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    np.testing.assert_allclose(shares, expected, atol=0.15)
    order = [np.argsort(table[0], kind="stable") for table in (shares, expected)]
    np.testing.assert_array_equal(order[0][-1], order[1][-1])  # coal leads
    place = benchmark.electricity_place
    cost = ((1.0 - benchmark.production.output_tax) * benchmark.output)[:, place]
    sold = cost - benchmark.production.material[:, place, place]  # to others
    part = benchmark.power.output.sum(axis=1) / sold
    assert (part > GENERATION_SHARE[0] - 0.05).all()
    assert (part < GENERATION_SHARE[1] + 0.05).all()


def test_a_technology_of_the_users_own_can_be_added(dataset: Dataset) -> None:
    """Geothermal heat as one more technology, with the costs of hydro."""
    table = load_technologies()
    hydro = table.names.index("hydro")
    added = [
        row.model_copy(update={"technology": "geothermal"})
        for row in table.rows
        if row.technology == "hydro"
    ]
    own = load_assumptions().replace(technologies=replace(table, rows=(*table.rows, *added)))
    lines = dataset.generation.replace({"technology": {"hydro": "geothermal"}})
    renamed = replace(dataset, generation=lines)
    with pytest.raises(AssumptionError, match=r"no properties of technology 'geothermal'.*add its"):
        calibrate(renamed, own)
    plants = [
        row.model_copy(update={"technology": "geothermal"})
        for row in own.plants.rows
        if row.technology == "hydro"
    ]
    rows = (*own.plants.rows, *plants)
    benchmark = calibrate(renamed, own.replace(plants=replace(own.plants, rows=rows)))
    usual = calibrate(dataset)
    assert worst_residual(benchmark) <= 1e-12
    np.testing.assert_allclose(
        benchmark.power.output[:, -1], usual.power.output[:, hydro], rtol=1e-10
    )


def test_a_region_without_generation_leaves_everything_to_the_grid(dataset: Dataset) -> None:
    lines = dataset.generation[dataset.generation["region"] != "B"]
    benchmark = calibrate(replace(dataset, generation=lines))
    place = benchmark.electricity_place
    assert worst_residual(benchmark) <= 1e-12
    assert benchmark.production.generation[1, place] == 0.0
    assert benchmark.production.labour[1, place] == pytest.approx(column(dataset, "B")["LAB"])
    assert benchmark.emissions.technology[1].sum() == 0.0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ({"technology": "coal"}, {"technology": "fusion"}, "unknown technology fusion; correct it"),
        ({"region": "A"}, {"region": "Q"}, "unknown region Q; correct it to one of A, B, C"),
        ({}, {"twh": -1.0}, "A coal: twh is -1.0; correct it to a number >= 0"),
        ({}, {"twh": "much"}, "A coal: twh is much; correct it to a number >= 0"),
        ({"technology": "gas"}, {"technology": "coal"}, "A coal is listed twice; keep one line"),
    ],
)
def test_generation_that_makes_no_sense_is_named(
    dataset: Dataset, old: dict[str, str], new: dict[str, object], message: str
) -> None:
    table = dataset.generation.astype(object)
    rows = np.ones(len(table), dtype=bool)
    for key, value in old.items():
        rows &= (table[key] == value).to_numpy()
    first = int(np.flatnonzero(rows)[0])
    for key, entry in new.items():
        table.loc[first, key] = entry
    with pytest.raises(CalibrationError, match=f"dataset table generation.*{message}"):
        calibrate(replace(dataset, generation=table))


def test_generation_without_an_electricity_sector_is_named(dataset: Dataset) -> None:
    without = replace(
        dataset,
        sam=dataset.sam.aggregate(accounts={"ELE": "GEM"}),
        sectors=dataset.sectors[dataset.sectors["code"] != "ELE"].reset_index(drop=True),
        combustion=dataset.combustion.iloc[:0],
        feedstock=dataset.feedstock.iloc[:0],
    )
    with pytest.raises(
        CalibrationError, match=r"A coal makes .* TWh, but activity ELE buys nothing"
    ):
        calibrate(without)
