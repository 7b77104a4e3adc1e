"""How the structure of the nation changed: groups of coefficients of its tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recipes.yrd2020.drift import GROUPS_OF_CELLS, coefficient, drift
from recipes.yrd2020.official import read_official
from recipes.yrd2020.sources import TABLE_YEARS
from sam import DatasetError, load_dataset
from tests.recipes.nations import at, nation, regions, table_of

MEASURED = {
    "services per output of industry": (0.126, 0.130, 0.135),
    "materials per output of construction": (0.397, 0.388, 0.366),
    "electricity per output of industry": (0.0242, 0.0247, 0.0253),
    "technical services per output of construction": (0.072, 0.075, 0.084),
    "coal per output of electricity": (0.141, 0.137, 0.134),
}
"""Coefficients of the national tables of 2017, 2018 and 2020, as printed and added up by hand."""


def test_a_coefficient_is_purchases_over_what_the_buyers_cost() -> None:
    table = table_of(
        {
            ("NMM", "CON"): 30.0,
            ("FER", "CON"): 10.0,
            ("CON", "CON"): 5.0,
            ("FIN", "CON"): 15.0,
            ("LAB", "CON"): 30.0,
            ("CAP", "CON"): 10.0,
        }
    )
    assert coefficient(table, "NMM+FER", "CON") == pytest.approx(0.4)
    assert coefficient(table, "services", "CON") == pytest.approx(0.15)
    assert coefficient(table, "LAB", "CON") == pytest.approx(0.3)
    assert coefficient(table, "LAB", "CON", "value added") == pytest.approx(0.75)


def test_what_a_sector_buys_from_itself_can_be_left_out() -> None:
    table = table_of(
        {("ELE", "ELE"): 20.0, ("ELE", "FOO"): 6.0, ("LAB", "FOO"): 54.0, ("LAB", "ELE"): 20.0}
    )
    assert coefficient(table, "ELE", "ELE+FOO") == pytest.approx(26.0 / 100.0)
    assert coefficient(table, "ELE", "ELE+FOO", "left out") == pytest.approx(0.1)


def test_shares_of_final_uses_are_over_what_is_spent() -> None:
    table = table_of({("FOO", "RUR"): 3.0, ("FOO", "URB"): 5.0, ("HEA", "URB"): 2.0})
    assert coefficient(table, "AGR+FOO", "RUR+URB") == pytest.approx(0.8)
    assert coefficient(table, "services", "URB") == pytest.approx(2.0 / 7.0)


def test_all_coefficients_of_a_column_sum_to_one() -> None:
    table = nation(regions(2))
    for column in ("CON", "services", "industry", "all"):
        parts = [coefficient(table, rows, column) for rows in ("all", "LAB+NTX+CAP")]
        assert sum(parts) == pytest.approx(1.0)
    parts = [coefficient(table, rows, "URB") for rows in ("AGR", "goods", "WAT+CON", "services")]
    assert sum(parts) == pytest.approx(1.0)
    steel = table.intermediate[at("FER"), at("GEM")] / table.output[at("GEM")]
    assert coefficient(table, "FER", "GEM") == pytest.approx(float(steel[0]))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("steel", "CON"), "'steel' is neither a sector nor one of"),
        (("FER", "buildings"), "'buildings' is neither a sector"),
        (("RUR", "CON"), "'RUR' is neither"),  # no commodity
        (("FER", "LAB"), "'LAB' is neither"),  # no user
        (("FER", "CON", "net"), "'net' is none of kept, left out, value added"),
    ],
)
def test_an_unknown_group_is_refused(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(DatasetError, match=rf"drift\.csv: {words}"):
        coefficient(nation(regions(0)), *arguments)


def test_every_group_is_told_in_every_year() -> None:
    rules = pd.read_csv(GROUPS_OF_CELLS, comment="#")
    found = drift({2019: nation(regions(0)), 2021: nation(regions(1))})
    assert len(found) == 2 * len(rules)
    assert set(found["item"]) == set(rules["item"])
    assert not found.duplicated(["item", "year"]).any()
    assert found["value"].between(0.0, 1.0).all()
    assert found["source"].str.contains("table of 20(?:19|21)").all()


@pytest.mark.parametrize("item", MEASURED)
def test_the_embedded_drift_is_that_of_the_printed_tables(item: str) -> None:
    table = load_dataset("yrd2020").drift
    values = table[table["item"] == item].set_index("year")["value"]
    assert tuple(values.index) == TABLE_YEARS
    digits = 10.0 ** -len(str(MEASURED[item][-1]).removeprefix("0."))
    np.testing.assert_allclose(values, MEASURED[item], atol=0.51 * digits)
    direction = np.sign(np.diff(values))
    assert (direction == np.sign(MEASURED[item][-1] - MEASURED[item][0])).all()


def test_the_drift_is_computed_from_the_official_tables(sources: Path) -> None:
    found = drift({year: read_official(sources, year) for year in TABLE_YEARS})
    embedded = load_dataset("yrd2020").drift
    pd.testing.assert_frame_equal(found, embedded, rtol=1e-10, check_dtype=False)
