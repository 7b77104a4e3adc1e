"""Prices implied by money and energy: what is paid over what is taken."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sam import Dataset
from sam.energy import hybrid_consistency, implied_prices
from tests.economies import tiny_dataset

PRICES = {"COL": 800.0, "GAS": 1600.0, "REF": 4200.0, "ELE": 4900.0}  # CNY per tce


@pytest.fixture
def dataset() -> Dataset:
    """An economy in which every user pays the same price for a fuel."""
    economy = tiny_dataset(2)
    frame = economy.sam.frame
    users = frame["col_kind"].isin(("activity", "household")) & (frame["row_kind"] == "commodity")
    bought = frame[users & frame["row"].isin(list(PRICES))]
    energy = pd.DataFrame(
        {
            "region": bought["col_region"],
            "user": bought["col"],
            "fuel": bought["row"],
            "mtce": 100.0 * bought["value"] / bought["row"].map(PRICES),
        }
    ).reset_index(drop=True)
    return replace(economy, energy=energy.assign(pj=energy["mtce"] * 29.3076))


def test_one_price_for_all_is_found_again(dataset: Dataset) -> None:
    table = hybrid_consistency(dataset)
    assert len(table) == len(dataset.energy)
    np.testing.assert_allclose(table["price"], table["fuel"].map(PRICES))
    np.testing.assert_allclose(table["ratio"], 1.0)
    np.testing.assert_allclose(table["value"], table["mtce"] * table["price"] / 100.0)
    assert not table["outlier"].any()


def test_who_pays_a_fifth_of_the_price_is_named_first(dataset: Dataset) -> None:
    energy = dataset.energy.copy()
    cheap = energy.query("region == 'B' and user == 'FER' and fuel == 'REF'").index[0]
    energy.loc[cheap, "mtce"] *= 5.0
    table = hybrid_consistency(replace(dataset, energy=energy))
    first = table.iloc[0]
    assert (first["region"], first["user"], first["fuel"]) == ("B", "FER", "REF")
    assert first["ratio"] == pytest.approx(0.2)
    assert table["outlier"].tolist() == [True] + [False] * (len(table) - 1)
    assert not hybrid_consistency(replace(dataset, energy=energy), 6.0)["outlier"].any()


def test_money_without_fuel_and_fuel_without_money_are_outliers(dataset: Dataset) -> None:
    energy = dataset.energy
    unpaid = pd.DataFrame([("A", "TRD", "OIL", 2.0, 58.6)], columns=energy.columns)
    table = hybrid_consistency(
        replace(dataset, energy=pd.concat([energy.iloc[1:], unpaid], ignore_index=True))
    )
    worst = table[table["outlier"]].set_index(["region", "user", "fuel"])
    missing = energy.iloc[0]
    assert np.isinf(worst.loc[(missing["region"], missing["user"], missing["fuel"]), "price"])
    assert worst.loc[("A", "TRD", "OIL"), "price"] == 0.0
    assert len(worst) == 2


def test_the_median_is_the_median_of_those_who_pay(dataset: Dataset) -> None:
    table = implied_prices(dataset)
    coal = table[table["fuel"] == "COL"]
    assert (coal["median"] == np.median(coal["price"])).all()


def test_a_factor_of_one_is_refused(dataset: Dataset) -> None:
    with pytest.raises(ValueError, match="above 1"):
        hybrid_consistency(dataset, 1.0)
