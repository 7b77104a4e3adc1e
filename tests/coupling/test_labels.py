"""Labels and units at the boundary: what does not fit is named, what fits is converted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from cge.coupling import CouplingError
from cge.coupling.labels import labelled, plain
from cge.coupling.units import factor

LABELS = {"region": ("A", "B"), "sector": ("COL", "FER", "ELE")}
DIMS = ("region", "sector")
NUMBERS = np.arange(6.0).reshape(2, 3)


def given(regions: str = "A B", sectors: str = "COL FER ELE") -> xr.DataArray:
    labels = {"region": regions.split(), "sector": sectors.split()}
    shape = [len(labels[dim]) for dim in DIMS]
    return xr.DataArray(np.arange(float(np.prod(shape))).reshape(shape), coords=labels, dims=DIMS)


def test_a_labelled_array_is_taken_as_it_is() -> None:
    assert np.array_equal(plain(given(), DIMS, LABELS, "item"), NUMBERS)


def test_dimensions_are_told_by_name() -> None:
    turned = given().transpose("sector", "region")
    assert np.array_equal(plain(turned, DIMS, LABELS, "item"), NUMBERS)


def test_labels_bind_and_not_places() -> None:
    turned = given().isel(region=[1, 0], sector=[2, 0, 1])
    assert np.array_equal(plain(turned, DIMS, LABELS, "item"), NUMBERS)


def test_a_number_stands_for_an_item_without_dimensions() -> None:
    assert plain(3, (), LABELS, "item") == 3.0


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (given("A B C"), "unknown labels of 'region': C; expected A, B"),
        (given("A"), "missing labels of 'region': B"),
        (given(sectors="COL ELE"), "missing labels of 'sector': FER"),
        (given("A A B"), "repeated entries: A COL, A FER, A ELE; give each once"),
        (given().rename(sector="good"), "dimensions are region, good, expected region, sector"),
        (given().isel(region=0, drop=True), "dimensions are sector, expected region, sector"),
        (given().drop_vars("region"), "dimension 'region' has no labels"),
    ],
)
def test_what_does_not_fit_is_named(value: Any, message: str) -> None:
    with pytest.raises(CouplingError) as caught:
        plain(value, DIMS, LABELS, "item")
    assert message in str(caught.value)


def test_labelled_arrays_can_be_read_back() -> None:
    array = labelled(NUMBERS, DIMS, LABELS, "item")
    assert np.array_equal(plain(array, DIMS, LABELS, "item"), NUMBERS)


@pytest.mark.parametrize(
    ("found", "wanted", "times"),
    [
        ("Mt CO2", "t", 1e6),
        ("yuan/t", "CNY/t", 1.0),
        ("CNY/t CO2", "CNY/kg", 1e-3),
        ("yuan/ton", "CNY/t", 1.0),
        ("TWh", "PJ", 3.6),
        ("Mtce", "PJ", 29.3076),
        ("1e8 CNY", "CNY", 1e8),
        ("100 million yuan", "1e8 CNY", 1.0),
        ("million person", "person", 1e6),
        ("CNY/MWh", "CNY/kWh", 1e-3),
        ("percent", "index", 0.01),
        ("kt CO2", "Mt CO2", 1e-3),
        ("fraction", "index", 1.0),
        ("", "index", 1.0),
    ],
)
def test_units_convert(found: str, wanted: str, times: float) -> None:
    assert factor(found, wanted, "item") == pytest.approx(times, rel=1e-12)


def test_units_of_another_kind_are_named() -> None:
    with pytest.raises(CouplingError, match="item 'cap' counts Mt CO2; 'TWh' is no unit of that"):
        factor("TWh", "Mt CO2", "item 'cap'")


def test_a_rate_is_told_what_it_makes_in_a_year() -> None:
    message = "item 'demand' counts TWh; 'GW' is no unit of that kind. Values are of a year: 1 GW"
    with pytest.raises(CouplingError, match=message + " all year long makes 8.766 TWh"):
        factor("GW", "TWh", "item 'demand'")


@pytest.mark.parametrize("unit", ["0 TWh", "-1 TWh", "nan TWh", "1e999 TWh"])
def test_units_have_a_size(unit: str) -> None:
    with pytest.raises(CouplingError, match="its size must be positive and finite"):
        factor(unit, "TWh", "item 'demand'")


def test_unknown_units_are_named() -> None:
    with pytest.raises(CouplingError, match="item 'cap': unknown unit 'Mtonz'"):
        factor("Mtonz", "Mt CO2", "item 'cap'")
