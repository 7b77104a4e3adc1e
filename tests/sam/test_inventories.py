"""The CEADs inventories: every sheet adds up, and the sheets agree with the workbook's own sums."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from sam import SourceError
from sam.concordance import load_classification, load_concordance
from sam.readers.energy_2007 import ENERGIES_2007, read_energy_2007, read_energy_sheet
from sam.readers.inventories import (
    INVENTORY_FUELS,
    NATION,
    PROVINCE,
    read_inventory,
    read_national_inventories,
    read_provincial_inventories,
)
from sam.readers.workbook import Sheet, read_workbook

USERS = load_concordance("ceads_to_model").sources
PLACES = load_concordance("provinces_to_regions").table.set_index("source")["name"].to_dict()
USED = ["Textile Industry", "Rural"]
YEARS = range(1997, 2020)


@pytest.fixture(scope="module")
def emissions() -> Path:
    if "M3C_SOURCES" not in os.environ:
        pytest.skip("M3C_SOURCES names no folder of official tables")
    return Path(os.environ["M3C_SOURCES"]) / "emissions"


def small(unit: str = "Mt CO2") -> Sheet:
    """Two users and all fuels, 1 Mt a cell, in the spelling of the national workbook."""
    names = [name.replace("_", " ") for name in INVENTORY_FUELS]
    rows = [
        [None, *names, "Scope 2 Heat", "Process", "Scope 1 Total"],
        [None, *[unit] * 20],
        [None] * 21,
        ["Total Consumption", *[2.0] * 17, 9.0, 2.0, 36.0],
        ["Textile  Industry", *[1.0] * 17, 9.0, 1.0, 18.0],
        ["Rural*", *["1"] * 17, "…", "1.000", "18"],
    ]
    return Sheet("co2.xlsx", "1997", tuple(map(tuple, rows)))


def test_an_inventory_reads_the_same_however_it_is_spelt() -> None:
    found = read_inventory(small(), USED, PROVINCE)
    assert found.index.tolist() == USED
    assert found.columns.tolist() == [*INVENTORY_FUELS, "Process"]
    assert (found == 1.0).all().all()


def test_an_inventory_in_kilotons_is_converted_and_an_absurd_size_refused() -> None:
    page = small("万吨")
    rows = [
        [cell * 100.0 if isinstance(cell, float) else cell for cell in row] for row in page.cells
    ]
    rows[5] = ["Rural", *[100.0] * 17, 0.0, 100.0, 1800.0]
    found = read_inventory(replace(page, cells=tuple(map(tuple, rows))), USED, PROVINCE)
    np.testing.assert_allclose(found, 1.0)
    with pytest.raises(SourceError, match=r"row 4, column U: found '0.036 Mt CO2 in all'"):
        read_inventory(small("kt CO2"), USED, PROVINCE)
    with pytest.raises(SourceError, match=r"row 4, column U: found '36 Mt CO2 in all'"):
        read_inventory(small(), USED, NATION)


def write_inventories(path: Path, *sheets: str, cell: float = 0.1) -> Path:
    """Workbook of the 47 users of CEADs, every cell the same, a note first."""
    book = openpyxl.Workbook()
    book.worksheets[0].title = "NOTE"
    fuels = len(INVENTORY_FUELS)
    for name in sheets:
        page = book.create_sheet(name)
        page.append([None, *INVENTORY_FUELS, "Process", "Scope_1_Total"])
        page.append([None, *["Mt CO2"] * (fuels + 2)])
        row, count = [cell] * (fuels + 1), len(USERS)
        page.append(["Total Consumption", *(count * x for x in row), count * (fuels + 1) * cell])
        for user in USERS:
            page.append([user, *row, (fuels + 1) * cell])
    book.save(path)
    return path


def test_provinces_users_and_the_year_are_those_of_the_workbook(tmp_path: Path) -> None:
    path = write_inventories(tmp_path / "co2.xlsx", "Shanghai2020", "InnerMongolia2020")
    found = read_provincial_inventories(path)
    assert list(found) == ["Shanghai", "InnerMongolia"]
    assert found["Shanghai"].index.tolist() == USERS
    coded = read_provincial_inventories(path, {"SHH": "Shanghai"}, USERS, 2020)
    assert list(coded) == ["SHH"]
    assert coded["SHH"].equals(found["Shanghai"])
    assert list(read_provincial_inventories(path, ["Shanghai"])) == ["Shanghai"]
    places = load_classification("provinces")[["SHH"]]
    assert list(read_provincial_inventories(path, places)) == ["SHH"]
    with pytest.raises(SourceError, match=r"\['Beijing'\].*provinces= among \['Shanghai'"):
        read_provincial_inventories(path, ["Beijing"])
    with pytest.raises(SourceError, match="each of 2 users and the total once; users= names"):
        read_provincial_inventories(path, users=USED)


def test_a_workbook_of_several_years_needs_one(tmp_path: Path) -> None:
    path = write_inventories(tmp_path / "co2.xlsx", "Hainan1997", "Hainan2019")
    with pytest.raises(SourceError, match=r"years \[1997, 2019\].*year="):
        read_provincial_inventories(path)
    assert list(read_provincial_inventories(path, year=1997)) == ["Hainan"]
    nation = write_inventories(tmp_path / "nation.xlsx", "sum", "1997", "2019", cell=10.0)
    with pytest.raises(SourceError, match=r"no province and year among \['NOTE', 'sum'"):
        read_provincial_inventories(nation)
    book = openpyxl.load_workbook(nation)
    del book["sum"]
    book.save(nation)
    assert list(read_national_inventories(nation)) == [1997, 2019]


def test_a_small_province_does_not_cost_the_others(tmp_path: Path) -> None:
    """Hainan emitted 7 Mt in 1997; smaller places are read as the message says."""
    cell = 7.16 / (len(USERS) * (len(INVENTORY_FUELS) + 1))
    path = write_inventories(tmp_path / "co2.xlsx", "Hainan1997", "Tibet1997", cell=cell)
    found = read_provincial_inventories(path)
    assert found["Hainan"].to_numpy().sum() == pytest.approx(7.16)
    path = write_inventories(tmp_path / "small.xlsx", "Macao2019", cell=cell / 100)
    with pytest.raises(SourceError, match=r"1 to 2000 Mt; .*plausible=\(low, high\)"):
        read_provincial_inventories(path)
    with pytest.raises(SourceError, match=r"plausible=\(None, 2000\.0\): expected \(low, high\)"):
        read_provincial_inventories(path, plausible=(None, 2000.0))  # type: ignore[arg-type]
    with pytest.raises(SourceError, match="tolerance=nan: expected a number"):
        read_provincial_inventories(path, plausible=(0.01, 1.0), tolerance=float("nan"))
    small = read_provincial_inventories(path, plausible=(0.01, 1.0))
    assert small["Macao"].to_numpy().sum() == pytest.approx(0.0716)


def test_roundings_of_printed_sums_pass_where_they_are_let(tmp_path: Path) -> None:
    page = small()
    rows = [list(cells) for cells in page.cells]
    rows[4][20] = 18.001
    rows[3][20] = 36.001
    rounded = replace(page, cells=tuple(map(tuple, rows)))
    with pytest.raises(SourceError, match="tolerance="):
        read_inventory(rounded, USED)
    assert read_inventory(rounded, USED, tolerance=1e-3).to_numpy().sum() == 36.0


def test_labels_that_were_exchanged_are_found_by_their_order() -> None:
    """No sum tells: both rows, both columns add up under either name."""
    rows = [list(cells) for cells in small().cells]
    rows[4][0], rows[5][0] = rows[5][0], rows[4][0]
    with pytest.raises(SourceError, match=r"row 5, column A: found 'Rural', expected users in"):
        read_inventory(replace(small(), cells=tuple(map(tuple, rows))), USED, PROVINCE)
    rows = [list(cells) for cells in small().cells]
    rows[0][10], rows[0][12] = rows[0][12], rows[0][10]
    with pytest.raises(SourceError, match=r"row 1, column L: found 'Kerosene', expected fuels in"):
        read_inventory(replace(small(), cells=tuple(map(tuple, rows))), USED, PROVINCE)


@pytest.mark.parametrize(
    ("row", "column", "value", "words"),
    [
        (4, 1, 2.0, ["row 5", "column U", "found 18.0", "19.0"]),
        (3, 1, 3.0, ["row 4", "column U", "found 36.0", "37.0"]),
        (4, 0, "Textiles", ["row 5", "column A", "Textiles", "each of 2 users"]),
        (0, 1, "Lignite", ["row 1", "column B", "Lignite"]),
        (1, 1, "PJ", ["row 2", "column B", "PJ", "a unit of mass"]),
        (1, 1, None, ["row 2", "column B", "a unit of mass"]),
        (4, 3, "1,0", ["row 5", "column D", "Textile Industry, Other_Washed_Coal"]),
    ],
)
def test_what_is_wrong_with_an_inventory_is_named(
    row: int, column: int, value: object, words: list[str]
) -> None:
    rows = [list(cells) for cells in small().cells]
    rows[row][column] = value
    with pytest.raises(SourceError) as error:
        read_inventory(replace(small(), cells=tuple(map(tuple, rows))), USED, PROVINCE)
    for word in ("co2.xlsx", *words):
        assert word in str(error.value)


def test_all_thirty_provinces_add_up_over_fuels_and_users(emissions: Path) -> None:
    book = emissions / "ceads_provincial_inventory_2019.xlsx"
    found = read_provincial_inventories(book, PLACES, USERS)
    assert len(found) == 30
    raw = read_workbook(book)
    for code, frame in found.items():
        printed = raw[f"{PLACES[code]}2019"]
        names = [printed.text(0, column) for column in range(printed.width)]
        totals = [printed.number(3, names.index(fuel), fuel) for fuel in frame.columns]
        np.testing.assert_allclose(frame.sum(), totals, rtol=1e-6, atol=1e-6)
        scope_1 = printed.number(3, names.index("Scope_1_Total"), "total")
        assert frame.to_numpy().sum() == pytest.approx(scope_1, rel=1e-6)
    assert found["SHH"].to_numpy().sum() == pytest.approx(192.91218220216575)
    process = sum(
        frame["Process"].drop("Nonmetal Mineral Products").sum() for frame in found.values()
    )
    assert process == 0.0  # only minerals have process emissions in these inventories


def test_all_years_of_the_nation_agree_with_the_sheets_of_sums(emissions: Path) -> None:
    book = emissions / "ceads_national_inventory_1997_2019.xlsx"
    found = read_national_inventories(book, USERS, YEARS)
    raw = read_workbook(book, ["sum", "Sum-Sec-Scope 1"])
    fuels, sectors = raw["sum"], raw["Sum-Sec-Scope 1"]
    heads = [fuels.text(0, column).replace("_", "") for column in range(fuels.width)]
    rows = {sectors.text(row, 0): row for row in range(sectors.height)}
    for k, year in enumerate(YEARS):
        frame = found[year]
        assert fuels.cell(1 + k, 0) == sectors.cell(0, 1 + k) == float(year)
        for fuel, total in frame.sum().items():
            column = heads.index(str(fuel).replace("_", ""))
            assert total == pytest.approx(
                fuels.number(1 + k, column, str(fuel)), rel=1e-6, abs=1e-6
            )
        for user, total in frame.sum(axis=1).items():
            row = rows["".join(str(user).split())]
            assert total == pytest.approx(sectors.number(row, 1 + k, str(user)), rel=1e-6, abs=1e-6)


def test_the_energy_table_of_2007_holds_for_all_provinces(emissions: Path) -> None:
    path = emissions.parent / "energy" / "provincial_energy_2007.xls"
    found = read_energy_2007(path, list(PLACES))
    assert set(found) == set(ENERGIES_2007)
    coal = found["COAL"]
    assert coal.shape == (30, 20)
    assert coal["PROD"].sum() == pytest.approx(194932.63698768002)  # printed total
    trade = coal[["DX", "DRC"]].sum()
    assert 0.5 < trade["DX"] / trade["DRC"] < 1.5
    few = read_energy_2007(path, ["SHH"])["ELEH"]
    assert few.loc["SHH"].equals(found["ELEH"].loc["SHH"])


def test_an_energy_table_that_does_not_balance_names_the_row(emissions: Path) -> None:
    path = emissions.parent / "energy" / "provincial_energy_2007.xls"
    page = read_workbook(path, ["COAL"])["COAL"]
    row = next(k for k in range(page.height) if page.text(k, 0) == "JSU")
    cells = [list(line) for line in page.cells]
    cells[row][4] = 0.0
    with pytest.raises(SourceError, match=rf"row {row + 1}, column A-X: found 'supply minus use"):
        read_energy_sheet(replace(page, cells=tuple(map(tuple, cells))), ["SHH", "JSU"])
    cells = [list(line) for line in page.cells]
    cells[-1][0] = "UNIT: 100 TCE"
    with pytest.raises(SourceError, match="found '100TCE', expected 10000 TCE"):
        read_energy_sheet(replace(page, cells=tuple(map(tuple, cells))), ["SHH"])
    for (one, two), words in (
        (((4, 0), (5, 0)), "row 5, column A: found 'NMG', expected province 'SHX'"),
        (((0, 13), (0, 14)), "row 1, column N: found 'IND', expected item 'AGR'"),
    ):
        cells = [list(line) for line in page.cells]
        (a, b), (c, d) = one, two
        cells[a][b], cells[c][d] = cells[c][d], cells[a][b]
        with pytest.raises(SourceError, match=words):
            read_energy_sheet(replace(page, cells=tuple(map(tuple, cells))), ["SHH"])
