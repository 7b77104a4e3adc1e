"""Emissions: the inventory is met exactly and every tonne is bound to a flow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration import Benchmark, CalibrationError, calibrate, emission_factors, emissions
from sam import Dataset
from tests.economies import tiny_dataset


def with_line(table: pd.DataFrame, *line: object) -> pd.DataFrame:
    return pd.concat([table, pd.DataFrame([line], columns=table.columns)], ignore_index=True)


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1))
def test_totals_are_those_of_the_inventory(seed: int) -> None:
    dataset = tiny_dataset(seed)
    found, given_ = emissions(calibrate(dataset)), dataset.co2()
    burnt = found[["activities", "electricity", "households"]].sum(axis=1)
    np.testing.assert_allclose(burnt, given_["combustion"], rtol=1e-12)
    np.testing.assert_allclose(found["process"], given_["process"], rtol=1e-12)
    np.testing.assert_allclose(found["total"], given_["direct"], rtol=1e-12)


def test_every_cell_is_that_of_the_inventory(dataset: Dataset, benchmark: Benchmark) -> None:
    """Indirect emissions are another region's direct ones, so they are not added."""
    inventory = dataset.combustion.set_index(["region", "user", "fuel"])["mt_co2"]
    b = benchmark
    for (region, user, fuel), mass in inventory.items():
        r, f = b.regions.index(region), b.fuels.index(fuel)
        if user in b.households:
            found = b.emissions.household[r, b.households.index(user), f]
        else:
            found = b.emissions.fuel[r, f, b.position(user)]
            found += b.emissions.technology[r, f].sum() if user == "ELE" else 0.0
        assert found == pytest.approx(mass, rel=1e-12)


def test_electricity_emits_where_its_technologies_burn(benchmark: Benchmark) -> None:
    b = benchmark
    np.testing.assert_array_equal(b.emissions.technology > 0.0, b.power.fuel > 0.0)
    slip = np.array([0.1 if "capture" in name else 1.0 for name in b.technologies])
    mass, money = b.emissions.technology, b.power.fuel * slip  # region, fuel, technology
    expected = mass.sum(axis=2, keepdims=True) * money  # one factor per fuel within a region
    np.testing.assert_allclose(mass * money.sum(axis=2, keepdims=True), expected, rtol=1e-12)


def test_factors_are_finite_and_of_the_right_size(benchmark: Benchmark) -> None:
    """Some 2 t CO2 per tonne of coal at some 500 yuan: 40 t per 10,000 yuan."""
    table = emission_factors(benchmark)
    total = (table["factor"] * table["money"]).sum() / 100.0
    assert total + benchmark.emissions.process.sum() == pytest.approx(
        emissions(benchmark)["total"].sum()
    )
    apart = ["REF", "coal_capture"]  # feedstock, and what a tenth of is let go
    coal = table[(table["fuel"] == "COL") & ~table["user"].isin(apart)]["factor"]
    assert coal.between(30.0, 50.0).all()
    assert {"coal", "RUR", "FER"} <= set(table["user"])


def test_feedstock_is_bought_and_not_burnt(dataset: Dataset, benchmark: Benchmark) -> None:
    b = benchmark
    place, f = b.position("REF"), b.fuels.index("COL")
    bought = dataset.sam.flow("commodity", "activity", row="COL", col="REF")
    for r, region in enumerate(b.regions):
        paid = bought.loc[(region, "COL"), (region, "REF")]
        assert b.production.fuel[r, f, place] == pytest.approx(0.2 * paid, rel=1e-10)
        assert b.production.material[r, b.position("COL"), place] == pytest.approx(
            0.8 * paid, rel=1e-10
        )
    refined = b.fuels.index("REF")
    assert not b.production.fuel[:, refined, place].any()
    assert not b.emissions.fuel[:, refined, place].any()


def test_an_emission_without_a_flow_is_named(dataset: Dataset) -> None:
    table = with_line(dataset.combustion, "B", "TRD", "COL", 1.5)  # trade buys no coal
    with pytest.raises(
        CalibrationError, match=r"1 emissions have no fuel burnt.*B COL TRD with 1.5"
    ):
        calibrate(replace(dataset, combustion=table))


def test_an_emission_of_feedstock_is_named(dataset: Dataset) -> None:
    table = with_line(dataset.combustion, "A", "REF", "REF", 2.0)  # all of it is feedstock
    with pytest.raises(
        CalibrationError, match=r"A REF REF with 2 Mt.*feedstock share of this cell"
    ):
        calibrate(replace(dataset, combustion=table))


def test_a_process_emission_without_output_is_named(dataset: Dataset) -> None:
    table = with_line(dataset.process, "C", "COL", 3.0)  # no mines in the last region
    with pytest.raises(CalibrationError, match=r"no output to be bound to.*C COL with 3 Mt"):
        calibrate(replace(dataset, process=table))


@pytest.mark.parametrize(
    ("table", "line", "message"),
    [
        ("combustion", ("A", "FER", "PEAT", 1.0), "combustion: unknown fuel PEAT; correct it"),
        ("combustion", ("A", "MOON", "COL", 1.0), "combustion: unknown user MOON"),
        ("combustion", ("A", "FER", "COL", 1.0), "combustion: A COL FER is listed twice"),
        ("process", ("Q", "FER", 1.0), "process: unknown region Q; correct it to one of A, B, C"),
        ("process", ("A", "AGR", -1.0), "process, A AGR: mt_co2 is -1.0; correct it"),
        ("process", ("A", "AGR", np.nan), "process, A AGR: mt_co2 is nan; correct it"),
        ("feedstock", ("A", "AGR", "COL", 1.2), "A COL AGR: share is 1.2; correct it .* 0 to 1"),
        ("feedstock", ("A", "REF", "COL", 0.5), "feedstock: A COL REF is listed twice"),
    ],
)
def test_inventories_that_make_no_sense_are_named(
    dataset: Dataset, table: str, line: tuple[object, ...], message: str
) -> None:
    wrong = with_line(getattr(dataset, table), *line)
    with pytest.raises(CalibrationError, match=message):
        calibrate(replace(dataset, **{table: wrong}))
