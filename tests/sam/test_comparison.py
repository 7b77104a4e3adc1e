"""A dataset beside a national table: sums over regions, differences, and what explains them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sam import Dataset, DatasetError, load_dataset
from sam.checks import check_national_table
from sam.comparison import COMPONENTS, DEPARTURE, USES, compare, national_sums
from sam.matrix import SAM, from_payments
from sam.readers import NationalTable
from tests.drawdowns import DRAWN, drawn_from_stocks
from tests.economies import SECTORS, tiny_dataset

Payment = tuple[str, str, str, str, str, str, float]

FIELD, SHOP = ("activity", "AGR"), ("commodity", "AGR")


def payment(
    region: str, receiver: tuple[str, str], payer: tuple[str, str], value: float
) -> Payment:
    return (region, *receiver, region, *payer, value)


def small(*more: Payment) -> SAM:
    """Two regions with one good, some of its accounts."""
    payments = [
        payment("A", SHOP, FIELD, 3.0),
        payment("B", SHOP, FIELD, 4.0),
        payment("A", SHOP, ("household", "RUR"), 5.0),
        payment("B", SHOP, ("household", "URB"), 6.0),
        payment("A", SHOP, ("government", "GOV"), 1.0),
        payment("A", SHOP, ("investment", "INV"), 2.0),
        payment("A", ("factor", "LAB"), FIELD, 7.0),
        payment("B", ("factor", "LAB"), FIELD, 8.0),
        payment("B", ("factor", "CAP"), FIELD, 9.0),
        payment("A", ("tax", "OTX"), FIELD, 1.5),
        ("A", *FIELD, "ROW", "row", "ROW", 2.5),
        ("ROW", "row", "ROW", "B", *SHOP, 3.5),
        # none of these is a cell of the table
        payment("B", ("tax", "TAR"), SHOP, 0.3),
        payment("A", FIELD, SHOP, 10.0),
        ("A", *FIELD, "B", *SHOP, 2.0),
        payment("A", ("household", "RUR"), ("factor", "LAB"), 7.0),
        payment("A", ("government", "GOV"), ("tax", "OTX"), 1.5),
        payment("A", ("inventory", "STK"), ("investment", "INV"), 1.0),
        ("A", "investment", "INV", "ROW", "row", "ROW", 1.0),
    ]
    return from_payments([*payments, *more])


def test_cells_of_the_nation_are_sums_over_regions() -> None:
    assert national_sums(small(), ["AGR"]).to_dict() == {
        ("AGR", "AGR"): 7.0,
        ("AGR", "RUR"): 5.0,
        ("AGR", "URB"): 6.0,
        ("AGR", "GOV"): 1.0,
        ("AGR", "FIX"): 2.0,
        ("AGR", "EX"): 2.5,
        ("AGR", "IM"): 3.5,  # c.i.f.: duties are apart
        ("LAB", "AGR"): 15.0,
        ("CAP", "AGR"): 9.0,
        ("NTX", "AGR"): 1.5,
    }


@pytest.mark.parametrize(
    "drawn",
    [
        payment("B", SHOP, ("inventory", "STK"), -2.0),
        payment("B", ("inventory", "STK"), SHOP, 2.0),  # the same, written the other way
    ],
)
def test_stocks_that_fall_keep_their_sign(drawn: Payment) -> None:
    grown = payment("A", SHOP, ("inventory", "STK"), 0.5)
    assert national_sums(small(drawn, grown), ["AGR"])["AGR", "STK"] == pytest.approx(-1.5)


@pytest.mark.parametrize(
    "subsidy",
    [
        payment("B", ("tax", "OTX"), FIELD, -4.0),
        payment("B", FIELD, ("tax", "OTX"), 4.0),
    ],
)
def test_subsidies_keep_their_sign(subsidy: Payment) -> None:
    assert national_sums(small(subsidy), ["AGR"])["NTX", "AGR"] == pytest.approx(1.5 - 4.0)


def cells(sam: SAM) -> pd.DataFrame:
    """The table that a SAM adds up to, block by block."""
    rules = [
        ("commodity", "activity", {}, "row", "col"),
        ("commodity", "household", {}, "row", "col"),
        ("commodity", "government", {}, "row", "GOV"),
        ("commodity", "investment", {}, "row", "FIX"),
        ("commodity", "inventory", {}, "row", "STK"),
        ("activity", "row", {}, "row", "EX"),
        ("row", "commodity", {}, "col", "IM"),
        ("factor", "activity", {"row": "LAB"}, "LAB", "col"),
        ("factor", "activity", {"row": "CAP"}, "CAP", "col"),
        ("tax", "activity", {"row": "OTX"}, "NTX", "col"),
    ]
    parts = []
    for receiver, payer, names, row, column in rules:
        flow = sam.flow(receiver, payer, **names).groupby(level=1).sum()
        long = flow.T.groupby(level=1).sum().T.rename_axis(index="row", columns="col").stack()
        long = long.rename("value").reset_index()
        labels = {
            key: long[label] if label in ("row", "col") else label
            for key, label in (("row", row), ("column", column))
        }
        parts.append(pd.DataFrame({**labels, "value": long["value"]}))
    table = pd.concat(parts).groupby(["row", "column"], as_index=False)["value"].sum()
    return table[table["value"] != 0.0]


@pytest.fixture(scope="module")
def plain() -> Dataset:
    """An economy whose stocks fall, without a table."""
    return drawn_from_stocks(tiny_dataset())


@pytest.fixture(scope="module")
def dataset(plain: Dataset) -> Dataset:
    """The same with the table that it adds up to."""
    return replace(plain, national=cells(plain.sam))


def changed(dataset: Dataset, row: str, column: str, size: float) -> Dataset:
    """The official table has so much less than the dataset in a cell."""
    table = dataset.national.copy()
    place = (table["row"] == row) & (table["column"] == column)
    assert place.sum() == 1
    table.loc[place, "value"] -= size
    return replace(dataset, national=table)


def departing(dataset: Dataset, *rows: tuple[str, str, float, str]) -> Dataset:
    return replace(
        dataset, departures=pd.DataFrame(rows, columns=["row", "column", "size", "reason"])
    )


def total(dataset: Dataset) -> float:
    """All intermediate flows of the official table."""
    table = dataset.national
    inner = table["row"].isin(SECTORS) & table["column"].isin(SECTORS)
    return float(table.loc[inner, "value"].sum())


def test_a_dataset_beside_what_it_adds_up_to_has_no_error(dataset: Dataset) -> None:
    found = compare(dataset)
    assert found.weighted_error == pytest.approx(0.0, abs=1e-14)
    assert abs(found.largest_undocumented["undocumented"]) < 1e-9
    assert len(found.cells) == len(dataset.national)
    assert (found.blocks()["error"] < 1e-12).all()
    assert found.named.empty
    stocks = found.cells.set_index(["row", "column"])["dataset"].xs("STK", level=1)
    for good in ("COL", "REF", "FER", "GEM"):
        drawn = sum(value for (_, name), value in DRAWN.items() if name == good)
        assert stocks[good] == pytest.approx(-drawn)
    taxes = found.cells.set_index(["row", "column"])["dataset"].xs("NTX")
    assert taxes["AGR"] < 0.0 < taxes["FER"]


def test_uses_and_costs_of_the_nation_agree(dataset: Dataset) -> None:
    """Sales of a good less imports are its output, but for duties, as in any table."""
    found = (
        compare(dataset).cells.pivot(index="row", columns="column", values="dataset").fillna(0.0)
    )
    goods = list(SECTORS)
    uses = found.loc[goods].drop(columns="IM").sum(axis=1) - found.loc[goods, "IM"]
    duty = dataset.sam.flow("tax", "commodity", row="TAR").sum(axis=0).groupby(level=1).sum()
    np.testing.assert_allclose(
        uses - duty.reindex(goods).fillna(0.0), found[goods].sum(), rtol=1e-8
    )


@pytest.mark.parametrize(("row", "column"), [("GEM", "FER"), ("COL", "ELE"), ("FER", "FER")])
def test_a_planted_difference_is_the_worst_and_undocumented(
    dataset: Dataset, row: str, column: str
) -> None:
    planted = changed(dataset, row, column, 5.0)
    found = compare(planted)
    first = found.cells.iloc[0]
    assert (first["row"], first["column"]) == (row, column)
    assert first["difference"] == pytest.approx(5.0)
    assert first["undocumented"] == pytest.approx(5.0)
    assert found.weighted_error == pytest.approx(5.0 / total(planted))
    worst = found.largest_undocumented
    assert (worst["row"], worst["column"], worst["reason"]) == (row, column, "")
    sector = found.by_sector().iloc[0]
    assert sector["sector"] in (row, column)
    blocks = found.blocks().set_index("block")["error"]
    assert blocks["intermediate"] == pytest.approx(found.weighted_error)
    assert blocks.drop("intermediate").max() < 1e-9


def test_differences_of_final_demand_and_value_added_are_not_in_the_weighted_error(
    dataset: Dataset,
) -> None:
    found = compare(changed(changed(dataset, "GEM", "URB", 2.0), "LAB", "AGR", -3.0))
    assert found.weighted_error == pytest.approx(0.0, abs=1e-14)
    assert found.cells["row"].tolist()[:2] == ["LAB", "GEM"]
    blocks = found.blocks().set_index("block")
    assert blocks.loc["URB", "dataset"] - blocks.loc["URB", "official"] == pytest.approx(2.0)
    assert blocks.loc["LAB", "error"] == pytest.approx(3.0 / blocks.loc["LAB", "official"])


def test_a_departure_explains_a_difference(dataset: Dataset) -> None:
    planted = changed(changed(dataset, "GEM", "FER", 5.0), "COL", "ELE", -2.0)
    found = compare(departing(planted, ("GEM", "FER", 5.0, "steel"), ("COL", "ELE", -2.0, "coal")))
    assert abs(found.largest_undocumented["undocumented"]) < 1e-9
    assert found.weighted_error == pytest.approx(7.0 / total(planted))  # still differs
    table = found.departures()
    assert table["reason"].tolist() == ["steel", "coal"]  # the largest first
    assert table["size"].tolist() == [5.0, 2.0]
    assert table["cells"].tolist() == [1, 1]
    assert table["share"].sum() == pytest.approx(found.weighted_error)


def test_a_departure_of_another_size_leaves_the_rest_undocumented(dataset: Dataset) -> None:
    found = compare(departing(changed(dataset, "GEM", "FER", 5.0), ("GEM", "FER", 3.0, "steel")))
    worst = found.largest_undocumented
    assert (worst["row"], worst["column"]) == ("GEM", "FER")
    assert worst["undocumented"] == pytest.approx(2.0)
    assert worst["reason"] == "steel"


def test_a_departure_that_did_not_happen_is_undocumented(dataset: Dataset) -> None:
    found = compare(departing(dataset, ("GEM", "FER", 3.0, "steel")))
    assert found.largest_undocumented["undocumented"] == pytest.approx(-3.0)


def test_a_departure_of_a_cell_that_neither_has_is_undocumented(dataset: Dataset) -> None:
    assert not ((dataset.national["row"] == "COL") & (dataset.national["column"] == "TRD")).any()
    found = compare(departing(dataset, ("COL", "TRD", 3.0, "heat")))
    worst = found.largest_undocumented
    assert (worst["row"], worst["column"]) == ("COL", "TRD")
    assert worst["undocumented"] == pytest.approx(-3.0)


def test_several_departures_of_a_cell_add_up(dataset: Dataset) -> None:
    planted = changed(dataset, "GEM", "FER", 5.0)
    rows = [
        ("GEM", "FER", 7.0, "steel"),
        ("GEM", "FER", -2.0, "scrap"),
        ("CAP", "FER", 0.0, "scrap"),
    ]
    found = compare(departing(planted, *rows))
    first = found.cells.iloc[0]
    assert first["departure"] == pytest.approx(5.0)
    assert abs(first["undocumented"]) < 1e-9
    assert first["reason"] == "steel; scrap"
    table = found.departures().set_index("reason")
    assert table["size"].to_dict() == {"steel": 7.0, "scrap": 2.0}
    assert table["cells"].to_dict() == {"steel": 1, "scrap": 2}
    assert table["share"]["steel"] == pytest.approx(7.0 / total(planted))


def test_reasons_are_what_provenance_says(dataset: Dataset) -> None:
    told = dataset.provenance.iloc[:1].assign(item=f"{DEPARTURE}steel", source="ovens of its own")
    planted = departing(changed(dataset, "GEM", "FER", 5.0), ("GEM", "FER", 5.0, "steel"))
    both = pd.concat([dataset.provenance, told], ignore_index=True)
    assert compare(replace(planted, provenance=both)).reasons == {"steel": "ovens of its own"}


def test_output_is_what_activities_cost(dataset: Dataset) -> None:
    found = compare(changed(dataset, "GEM", "FER", 5.0)).by_sector().set_index("sector")
    paid = [
        dataset.sam.flow(kind, "activity").sum(axis=0) for kind in ("commodity", "factor", "tax")
    ]
    cost = (paid[0] + paid[1] + paid[2]).groupby(level=1).sum()
    np.testing.assert_allclose(found["dataset"][list(SECTORS)], cost[list(SECTORS)])
    assert found["dataset"]["FER"] - found["official"]["FER"] == pytest.approx(5.0)
    assert found["ratio"]["AGR"] == pytest.approx(1.0)
    assert found["purchases"]["FER"] > 0.0
    assert found["sales"]["GEM"] > 0.0
    assert found["purchases"]["GEM"] == pytest.approx(0.0, abs=1e-12)


def test_a_dataset_without_a_table_is_told_to_name_one(plain: Dataset) -> None:
    with pytest.raises(DatasetError, match=r"tiny-0 ships no national table; name one .*--table"):
        compare(plain)


def printed(dataset: Dataset, codes: tuple[str, ...] = SECTORS) -> NationalTable:
    """The table of a dataset as a reader gives it, surplus apart from depreciation."""
    wide = dataset.national.pivot(index="row", columns="column", values="value").fillna(0.0)
    wide = wide.reindex(
        index=[*SECTORS, *COMPONENTS], columns=[*SECTORS, *USES, "EX", "IM"], fill_value=0.0
    )
    inner, final = wide.loc[list(SECTORS), list(SECTORS)], wide.loc[list(SECTORS), list(USES)]
    labour, tax, capital = wide.loc[list(COMPONENTS), list(SECTORS)].to_numpy()
    added = np.stack([labour, tax, 0.3 * capital, 0.7 * capital])
    return NationalTable(
        name="printed",
        year=2020,
        codes=codes,
        names=codes,
        english=codes,
        uses=("FU101", "FU102", "FU103", "FU201", "FU202"),
        intermediate=inner.to_numpy(),
        final=final.to_numpy(),
        exports=wide.loc[list(SECTORS), "EX"].to_numpy(),
        imports=wide.loc[list(SECTORS), "IM"].to_numpy(),
        other=np.zeros(len(SECTORS)),
        value_added=added,
        output=inner.to_numpy().sum(0) + added.sum(0),
    )


def test_any_table_can_be_named(dataset: Dataset, plain: Dataset) -> None:
    found = compare(plain, printed(dataset))
    assert found.weighted_error == pytest.approx(0.0, abs=1e-14)
    assert found.table == "printed, a table of 2020"
    found = compare(plain, printed(changed(dataset, "GEM", "FER", 5.0)))
    assert found.largest_undocumented["difference"] == pytest.approx(5.0)


def test_departures_from_the_own_table_explain_nothing_of_another(dataset: Dataset) -> None:
    planted = printed(changed(dataset, "GEM", "FER", 5.0))
    found = compare(departing(dataset, ("GEM", "FER", 5.0, "steel")), planted)
    assert found.largest_undocumented["undocumented"] == pytest.approx(5.0)
    assert found.named.empty
    assert found.reasons == {}


def test_a_table_of_other_sectors_is_refused(dataset: Dataset) -> None:
    with pytest.raises(DatasetError, match=r"printed: has other sectors .*\(AGR, WHEAT\)"):
        compare(dataset, printed(dataset, ("WHEAT", *SECTORS[1:])))


def test_a_table_in_another_order_is_refused_as_such(dataset: Dataset) -> None:
    with pytest.raises(DatasetError, match=r"printed: .* order"):
        compare(dataset, printed(dataset, SECTORS[::-1]))


def test_a_dataset_whose_regions_leave_its_own_table_is_an_error() -> None:
    yrd = load_dataset("yrd2020")
    assert check_national_table(yrd) == []
    cell = (yrd.national["row"] == "ICE") & (yrd.national["column"] == "EX")
    wrong = yrd.national.assign(value=yrd.national["value"] * np.where(cell, 1.01, 1.0))
    (found,) = check_national_table(replace(yrd, national=wrong))
    assert found.accounts == ("ICE to EX",)
    assert found.size == pytest.approx(-0.01 * 41_536, rel=1e-3)
    silent = check_national_table(replace(yrd, departures=yrd.departures.iloc[:0]))
    places = yrd.departures.groupby(["row", "column"])["size"].sum()
    assert len(silent) == (places.abs() > 1e-3).sum()
