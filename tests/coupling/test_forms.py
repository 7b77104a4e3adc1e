"""Values come in the forms that partners have; what is no number, or has no labels, is refused."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_array_equal

from cge.coupling import CouplingError
from cge.coupling.labels import partial, plain

LABELS = {
    "region": ("A", "B"),
    "origin": ("A", "B"),
    "sector": ("COL", "FER", "ELE"),
    "fuel": ("gas",),
}
DIMS = ("region", "sector")
NUMBERS = np.arange(6.0).reshape(2, 3)
ARRAY = xr.DataArray(
    NUMBERS, dims=DIMS, coords={dim: list(LABELS[dim]) for dim in DIMS}, attrs={"units": "TWh"}
)
SERIES = ARRAY.to_series()
LONG = SERIES.rename("value").reset_index()
TABLE = pd.DataFrame(NUMBERS, index=list("AB"), columns=["COL", "FER", "ELE"])

FORMS = {
    "array": ARRAY,
    "array of integers": ARRAY.astype(int),
    "array of single precision": ARRAY.astype("float32"),
    "turned array": ARRAY.transpose(),
    "array in another order": ARRAY[::-1, [2, 0, 1]],
    "document": ARRAY.to_dict(),
    "JSON": json.loads(json.dumps(ARRAY.to_dict())),
    "document with an array": ARRAY.to_dict(data="array"),
    "series": SERIES,
    "series in another order": SERIES.iloc[::-1],
    "series with turned levels": SERIES.swaplevel(),
    "series with turned levels without names": SERIES.swaplevel().rename_axis([None, None]),
    "series with one name": SERIES.rename_axis([None, "sector"]),
    "series of integers that may be missing": SERIES.astype("Int64"),
    "table": TABLE,
    "turned table": TABLE.T,
    "table with names": ARRAY.to_pandas(),
    "table in another order": TABLE.loc[::-1, ["ELE", "COL", "FER"]],
    "long table": SERIES.rename("value").reset_index(),
    "long table without a name": SERIES.reset_index(),
    "long table in another order": SERIES.reset_index().iloc[::-1, ::-1],
    "long table with an index": SERIES.rename("value").reset_index("sector"),
    "long table with an index without a name": (
        SERIES.rename("value").reset_index("sector").rename_axis(None)
    ),
    "table with a column of labels": ARRAY.to_pandas().reset_index(),
    "turned table with a column of labels": TABLE.T.rename_axis("sector").reset_index(),
    "mappings": {r: TABLE.loc[r].to_dict() for r in "BA"},
    "mapping of series": {r: TABLE.loc[r] for r in "BA"},
    "mapping of NumPy's numbers": {
        r: {s: np.float32(ARRAY.sel(region=r, sector=s)) for s in LABELS["sector"]} for r in "AB"
    },
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_value_is_read_by_its_labels(form: str) -> None:
    assert_array_equal(plain(FORMS[form], DIMS, LABELS, "item"), NUMBERS)


def test_one_dimension() -> None:
    by_region = pd.Series({"B": 2, "A": 1})
    named = by_region.rename_axis("region")
    for form in (by_region, named, named.reset_index(), by_region.to_dict()):
        assert_array_equal(plain(form, ("region",), LABELS, "item"), [1.0, 2.0])


def test_none_in_a_mapping_or_in_json_is_no_number() -> None:
    document = json.loads(json.dumps(ARRAY.to_dict()))
    document["data"][0][1] = None
    mappings = {r: TABLE.loc[r].to_dict() for r in "AB"}
    mappings["A"]["FER"] = None
    for form in (document, mappings):
        found = plain(form, DIMS, LABELS, "item")
        assert np.isnan(found[0, 1])
        assert np.isfinite(found).sum() == 5


def test_some_labels_are_some_entries() -> None:
    for form in ({"B": {"FER": 7.0}}, pd.Series({("B", "FER"): 7.0}), ARRAY[1:, 1:2] * 0.0 + 7.0):
        numbers, there = partial(form, DIMS, LABELS, "item")
        assert np.argwhere(there).tolist() == [[1, 1]]
        assert numbers[1, 1] == 7.0


DAY = np.datetime64("2020-01-01", "ns")
NO_NUMBERS = {
    "dates": np.full((2, 3), DAY),
    "spans of time": np.full((2, 3), np.timedelta64(1, "ns")),
    "truth values": np.ones((2, 3), bool),
    "complex numbers": np.full((2, 3), 1.0 + 2.0j),
    "text": np.full((2, 3), "1.0"),
    "objects": np.full((2, 3), 1.0, dtype=object),
}


@pytest.mark.parametrize("what", NO_NUMBERS)
def test_what_is_no_number_is_refused_in_arrays_and_tables(what: str) -> None:
    array = xr.DataArray(NO_NUMBERS[what], dims=DIMS, coords=ARRAY.coords)
    with pytest.raises(CouplingError, match=r"item: entries of type .* are no numbers"):
        plain(array, DIMS, LABELS, "item")
    table = pd.DataFrame(NO_NUMBERS[what], index=TABLE.index, columns=TABLE.columns)
    for form in (table, table.stack(), table.assign(COL=1.0)):
        with pytest.raises(CouplingError, match=r"item: entries of type .* are no numbers"):
            plain(form, DIMS, LABELS, "item")


@pytest.mark.parametrize(
    "entry",
    [
        DAY, np.timedelta64(1, "ns"), datetime.date(2020, 1, 1), datetime.timedelta(1),
        pd.Timestamp("2020"), True, np.True_, 1.0j, "1.0", Decimal(1), [1.0], pd.NA, 10**400,
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_in_mappings_and_lists(entry: Any) -> None:
    document = ARRAY.to_dict()
    document["data"][0][1] = entry
    mappings = {r: {**TABLE.loc[r].to_dict(), "FER": entry} for r in "AB"}
    for form in (document, mappings):
        with pytest.raises(CouplingError, match="is no number"):
            plain(form, DIMS, LABELS, "item")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (NUMBERS, "found ndarray without labels of region, sector"),
        (NUMBERS.tolist(), "found list without labels"),
        (LONG.assign(year=2020), "hand over one, as in table[['region', 'sector', 'value']]"),
        (LONG[["region", "sector"]], "one column of numbers beside them, found none"),
        (LONG.assign(value="1"), "entries of type"),
        (LONG.iloc[:, [0, 0, 1, 2]], "a column region, sector comes twice"),
        (LONG.rename(columns={"sector": "good"}), "entries of type"),
        (LONG.set_axis(list("abcdef")), "Series by no name, region, sector, expected one level"),
        (LONG.iloc[[0, 0, 1, 2, 3, 4, 5]], "repeated entries: A COL"),
        ({"A": [[1.0], [1.0, 2.0]]}, "item, A: found list without labels of sector"),
        ({"A": {"COL": [[1.0], [1.0, 2.0]]}}, "item, A, COL: [[1.0], [1.0, 2.0]] is no number"),
        (1.0, "found float without labels"),
        (None, "found NoneType without labels"),
        (ARRAY.to_dataset(name="x"), "found Dataset without labels"),
        (TABLE.loc["A"], "Series by no name, expected one level for each of region, sector"),
        (SERIES.rename_axis(["province", "sector"]), "Series by province, sector, expected one"),
        (SERIES.rename_axis(["region", "region"]), "Series by region, region, expected one level"),
        (TABLE.rename_axis(columns="good"), "DataFrame by no name, good, expected one level"),
        (TABLE.rename(index={"B": "C"}), "unknown labels of 'region': C; expected A, B"),
        (TABLE.drop(index="B"), "missing labels of 'region': B"),
        (SERIES.iloc[:-1], "missing entries: B ELE"),
        (pd.concat([SERIES, SERIES.iloc[:1]]), "repeated entries: A COL; give each once"),
        (ARRAY.isel(region=[0, 0, 1]), "repeated entries: A COL, A FER, A ELE"),
        ({"A": {"COL": 0, "FER": 1}, "B": {}}, "missing labels of 'region': B"),
        ({"A": {"COL": 0, "FER": 1}, "B": {"COL": 1}}, "missing labels of 'sector': ELE"),
        ({"A": 1.0, "B": 2.0}, "item, A: found float without labels of sector"),
        ({"A": {"COL": {"x": 1.0}}}, "item, A, COL: {'x': 1.0} is no number"),
        ({**ARRAY.to_dict(), "data": [1.0]}, "'dims' and 'coords' that make no labelled array"),
        ({"dims": DIMS, "coords": {}}, "'dims' and 'coords' that make no labelled array"),
    ],
)
def test_what_cannot_be_read_is_named(value: Any, message: str) -> None:
    with pytest.raises(CouplingError) as caught:
        plain(value, DIMS, LABELS, "item")
    assert message in str(caught.value)


def test_the_remedy_for_a_table_with_several_columns_of_numbers_works() -> None:
    table = LONG.assign(year=2020)
    found = plain(table[["region", "sector", "value"]], DIMS, LABELS, "item")
    assert_array_equal(found, NUMBERS)


def test_levels_that_may_be_either_must_be_named() -> None:
    flows = pd.DataFrame([[1.0, 2.0], [3.0, 4.0]], index=list("AB"), columns=list("AB"))
    dims = ("region", "origin")
    with pytest.raises(CouplingError, match="levels that may be any of region, origin; name them"):
        plain(flows, dims, LABELS, "item")
    named = flows.rename_axis(index="origin", columns="region")
    assert_array_equal(plain(named, dims, LABELS, "item"), flows.T)
