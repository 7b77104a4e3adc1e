"""What sectors stand for, and who lives in a region, comes from the dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

from calibration import (
    AssumptionError,
    Assumptions,
    Benchmark,
    CalibrationError,
    calibrate,
    load_assumptions,
    worst_residual,
)
from sam import Dataset, Roles

NAMES = {"ELE": "PWR", "COL": "HCO", "RUR": "POOR"}
"""Electricity, coal and a household by other names."""


def renamed(dataset: Dataset, names: Mapping[str, str]) -> Dataset:
    """The same economy with other labels."""
    tables = {
        field.name: getattr(dataset, field.name).replace(dict(names))
        for field in fields(dataset)
        if isinstance(getattr(dataset, field.name), pd.DataFrame)
    }
    old = dataset.roles
    roles = Roles(
        electricity=names.get(old.electricity, old.electricity),
        fuels=tuple(names.get(fuel, fuel) for fuel in old.fuels),
        large_plants=tuple(names.get(sector, sector) for sector in old.large_plants),
    )
    sam = dataset.sam.aggregate(accounts=dict(names))
    return replace(dataset, sam=sam, roles=roles, **tables)


def assumptions_for(names: Mapping[str, str]) -> Assumptions:
    """The usual assumptions with other labels."""
    usual = load_assumptions(sectors=names.values())

    def sectors_renamed(rows: tuple, key: str) -> tuple:
        return tuple(
            row.model_copy(update={key: names.get(getattr(row, key), getattr(row, key))})
            for row in rows
        )

    rows = sectors_renamed(usual.elasticities.rows, "sector")
    fuels = sectors_renamed(usual.technologies.fuel_rows, "fuel")
    owners = sectors_renamed(usual.resources.rows, "sector")
    return usual.replace(
        elasticities=replace(usual.elasticities, rows=rows),
        technologies=replace(usual.technologies, fuel_rows=fuels),
        resources=replace(usual.resources, rows=owners),
    )


def test_an_economy_with_other_names_has_the_same_benchmark(
    dataset: Dataset, benchmark: Benchmark
) -> None:
    other = calibrate(renamed(dataset, NAMES), assumptions_for(NAMES))
    assert worst_residual(other) <= 1e-12
    assert other.electricity == "PWR"
    assert other.fuels[0] == "HCO"
    assert set(other.households) == {"POOR", "URB"}
    back = {new: old for old, new in NAMES.items()}
    for name in Benchmark.quantities():
        here, there = benchmark.to_series(name), other.to_series(name)
        there = there.rename(index=back)
        size = float(here.abs().max())
        np.testing.assert_allclose(there[here.index], here, rtol=1e-10, atol=1e-12 * size)


def test_places_of_electricity_and_fuels(benchmark: Benchmark) -> None:
    b = benchmark
    assert b.sectors[b.electricity_place] == b.electricity == "ELE"
    assert [b.sectors[place] for place in b.fuel_places] == list(b.fuels) == ["COL", "GAS", "REF"]
    assert b.large_plants == ("FER", "REF")
    with pytest.raises(CalibrationError, match="no sector 'PWR'; known: AGR"):
        _ = replace(b, electricity="PWR").electricity_place


def test_a_technology_without_a_fuel_of_the_dataset_is_named(dataset: Dataset) -> None:
    """The usual table burns COL, of which this economy has none."""
    names = {"COL": "HCO"}
    elasticities = assumptions_for(names).elasticities
    usual = load_assumptions(sectors=["HCO"]).replace(elasticities=elasticities)
    with pytest.raises(
        AssumptionError,
        match=r"technology_fuels.csv: coal generates .* mainly COL, .* its fuels \(HCO, GAS, REF\)",
    ):
        calibrate(renamed(dataset, names), usual)


def test_a_technology_that_burns_what_is_no_fuel_is_named(dataset: Dataset) -> None:
    roles = replace(dataset.roles, fuels=("COL", "REF"))
    with pytest.raises(AssumptionError, match="gas burns GAS, which is no fuel of the dataset"):
        calibrate(replace(dataset, roles=roles, feedstock=dataset.feedstock.iloc[:0]))
