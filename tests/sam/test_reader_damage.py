"""Damaged tables: a reader raises an error that says where, or returns the undamaged table.

Hypothesis chooses where a sheet is damaged: a line or column missing, moved or doubled, text in
place of a number, a heading gone, another unit. What damage cannot be told from a true table (a
number replaced by another, rows whose labels were exchanged) is left to the identities, which name
it as a defect where they see it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sam import SourceError
from sam.concordance import load_concordance
from sam.readers.balance_extract import read_balance_extract
from sam.readers.energy_2007 import ENERGIES_2007, read_energy_sheet
from sam.readers.energy_balance import EnergyBalance, read_energy_balance
from sam.readers.flows import read_largest_flows
from sam.readers.inventories import INVENTORY_FUELS, NATION, PROVINCE, read_inventory
from sam.readers.macro import read_facts, read_provincial_series
from sam.readers.workbook import Cell, Sheet, read_workbook
from tests.sam import balance_sheets

USERS = load_concordance("ceads_to_model").sources
PROVINCES = load_concordance("provinces_to_regions").sources
FOUR = ["Shanghai", "Jiangsu", "Zhejiang", "Anhui"]

T = TypeVar("T")
Rows = list[list[Cell]]
Damage = Callable[[Rows, random.Random], None]

OFFICIAL = pytest.mark.skipif(
    "M3C_SOURCES" not in os.environ, reason="M3C_SOURCES names no folder of official tables"
)


def official(*parts: str) -> Path:
    return Path(os.environ["M3C_SOURCES"]).joinpath(*parts)


def place(rows: Rows, rng: random.Random, kind: type) -> tuple[int, int]:
    """A cell with a number other than zero, or with text."""
    found = [
        (r, c) for r, row in enumerate(rows) for c, x in enumerate(row) if isinstance(x, kind) and x
    ]
    return rng.choice(found)


def drop_row(rows: Rows, rng: random.Random) -> None:
    del rows[place(rows, rng, float)[0]]


def drop_column(rows: Rows, rng: random.Random) -> None:
    column = place(rows, rng, float)[1]
    for row in rows:
        del row[column : column + 1]


def double_row(rows: Rows, rng: random.Random) -> None:
    row = place(rows, rng, float)[0]
    rows.insert(row, list(rows[row]))


def swap_rows(rows: Rows, rng: random.Random) -> None:
    one, two = (place(rows, rng, float)[0] for _ in range(2))
    rows[one], rows[two] = rows[two], rows[one]


def swap_columns(rows: Rows, rng: random.Random) -> None:
    one, two = (place(rows, rng, float)[1] for _ in range(2))
    for row in rows:
        if max(one, two) < len(row):
            row[one], row[two] = row[two], row[one]


def text_in_number(rows: Rows, rng: random.Random) -> None:
    row, column = place(rows, rng, float)
    rows[row][column] = rng.choice(["n.a.", "12,3", "(5)", "3%", "#REF!", "=SUM(B2:B4)", "x"])


def odd_number(rows: Rows, rng: random.Random) -> None:
    """A number with a sign that may be a footnote, a power or a part of it."""
    row, column = place(rows, rng, float)
    sign = rng.choice(["㉑", "₃", "⒈", "½", "²", "e", "-", "/2"])
    rows[row][column] = f"{rows[row][column]:.2f}{sign}"


def shift_row(rows: Rows, rng: random.Random) -> None:
    """The numbers of a line one column to the right or to the left."""
    row, column = place(rows, rng, float)
    if rng.random() < 0.5:
        rows[row].insert(column, None)
    else:
        del rows[row][column]


def exchange_labels(rows: Rows, rng: random.Random) -> None:
    """The labels of neighbouring lines or columns, while numbers stay."""
    row, column = place(rows, rng, str)
    down, along = rng.choice([(1, 0), (0, 1)])
    if row + down < len(rows) and column + along < min(len(rows[row]), len(rows[row + down])):
        mine, other = rows[row][column], rows[row + down][column + along]
        rows[row][column], rows[row + down][column + along] = other, mine


def double_headings(rows: Rows, rng: random.Random) -> None:
    rows[rng.randrange(len(rows)) : 0] = [list(row) for row in rows[: rng.randint(1, 6)]]


def dress_number(rows: Rows, rng: random.Random) -> None:
    """The same number as another yearbook would print it."""
    row, column = place(rows, rng, float)
    number = rows[row][column]
    style = rng.choice([str, lambda x: f"{x!r}*", lambda x: f" {x!r} ①"])
    rows[row][column] = style(number)


def blank_label(rows: Rows, rng: random.Random) -> None:
    row, column = place(rows, rng, str)
    rows[row][column] = None


def garble_label(rows: Rows, rng: random.Random) -> None:
    row, column = place(rows, rng, str)
    rows[row][column] = "未知 unknown"


def drop_headings(rows: Rows, rng: random.Random) -> None:
    wide = (r for r, row in enumerate(rows) if sum(isinstance(x, str) for x in row) > 10)
    top = next(wide, 0)
    del rows[: top + 1]


DAMAGES = (
    drop_row,
    drop_column,
    double_row,
    swap_rows,
    swap_columns,
    text_in_number,
    dress_number,
    blank_label,
    garble_label,
    drop_headings,
    odd_number,
    shift_row,
    exchange_labels,
    double_headings,
)

damages = st.tuples(
    st.lists(st.sampled_from(DAMAGES), min_size=1, max_size=2), st.integers(0, 10**6)
)
slow_start = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def damaged(sheet: Sheet, how: tuple[list[Damage], int]) -> Sheet:
    rows = [list(row) for row in sheet.cells]
    rng = random.Random(how[1])
    for damage in how[0]:
        damage(rows, rng)
    return replace(sheet, cells=tuple(map(tuple, rows)), merged=())


def read_or_refuse(read: Callable[[], T], file: str) -> T | None:
    """The table, or nothing where the reader names file and place."""
    try:
        return read()
    except SourceError as error:
        message = str(error)
        assert file in message
        assert "expected" in message
        assert "row" in message or "column" in message or "sheet" in message
        return None


@cache
def inventory_sheet(name: str) -> Sheet:
    if name == "our own":
        return our_inventory()
    folder, book = ("emissions", f"ceads_{name.split()[0]}.xlsx")
    return read_workbook(official(folder, book), [name.split()[1]])[name.split()[1]]


def our_inventory() -> Sheet:
    rng = np.random.default_rng(5)
    emitted = np.round(rng.uniform(0.0, 3.0, (len(USERS), 18)) * (rng.random((47, 18)) < 0.4), 3)
    table = np.vstack([emitted.sum(0), emitted])
    names = ["Emission_Inventory", *INVENTORY_FUELS, "Process", "Scope_1_Total"]
    rows: Rows = [list(names), ["unit", *["Mt CO2"] * 19], [None] * 20]
    for label, values in zip(["TotalEmissions", *USERS], table, strict=True):
        rows.append([label, *values.tolist(), float(values.sum())])
    return Sheet("inventory.xlsx", "Here2019", tuple(map(tuple, rows)))


INVENTORIES = [
    "our own",
    pytest.param("provincial_inventory_2019 Shanghai2019", marks=OFFICIAL),
    pytest.param("national_inventory_1997_2019 1997", marks=OFFICIAL),
]


@pytest.mark.parametrize("name", INVENTORIES)
@slow_start
@given(how=damages)
def test_damaged_inventories(name: str, how: tuple[list[Damage], int]) -> None:
    sheet, size = inventory_sheet(name), NATION if "national" in name else PROVINCE
    found = read_or_refuse(lambda: read_inventory(damaged(sheet, how), USERS, size), sheet.file)
    if found is not None:
        pd.testing.assert_frame_equal(found, read_inventory(sheet, USERS, size), rtol=1e-12)


@pytest.mark.parametrize("unit", ["kt CO2", "t", "万吨", "PJ", "万元", "Mt CO3", None])
@pytest.mark.parametrize("share", [0.1, 1.0])
def test_inventories_in_other_units_are_refused(unit: str | None, share: float) -> None:
    sheet = our_inventory()
    rows = [list(row) for row in sheet.cells]
    for column in range(1, 1 + round(share * 19)):
        rows[1][column] = unit
    with pytest.raises(SourceError, match=r"inventory.xlsx.*row (2|4|51|\d+)"):
        read_inventory(replace(sheet, cells=tuple(map(tuple, rows))), USERS)


@cache
def energy_sheet(energy: str) -> Sheet:
    return read_workbook(official("energy", "provincial_energy_2007.xls"), [energy])[energy]


@OFFICIAL
@slow_start
@given(energy=st.sampled_from(ENERGIES_2007), how=damages)
def test_damaged_energy_tables_of_2007(energy: str, how: tuple[list[Damage], int]) -> None:
    sheet = energy_sheet(energy)
    found = read_or_refuse(lambda: read_energy_sheet(damaged(sheet, how), PROVINCES), sheet.file)
    if found is not None:
        pd.testing.assert_frame_equal(found, read_energy_sheet(sheet, PROVINCES), rtol=1e-12)


EDITIONS = ("physical 1", "physical 2", "physical 3", "standard 1", "standard 3")
PRINTED = ("2007", "2007 of the nation")
"""Layouts of balances: in blocks below each other; headings broken over rows."""


@cache
def balance_sheet(edition: str) -> tuple[Sheet, EnergyBalance]:
    if edition in PRINTED:
        nation = edition != "2007"
        table = balance_sheets.edition_2007(3, nation)
        sheet = balance_sheets.sheet_2007(table, nation=nation)
    else:
        kind, blocks = edition.split()
        table = balance_sheets.with_totals(balance_sheets.balance(3))
        sheet = balance_sheets.sheet(table, standard=kind == "standard", blocks=int(blocks))
    return sheet, read_energy_balance(sheet)


@settings(slow_start, max_examples=150)
@given(edition=st.sampled_from((*EDITIONS, *PRINTED, *PRINTED)), how=damages)
def test_damaged_energy_balances(edition: str, how: tuple[list[Damage], int]) -> None:
    sheet, whole = balance_sheet(edition)
    found = read_or_refuse(lambda: read_energy_balance(damaged(sheet, how)), sheet.file)
    if found is None or found.defects:
        return  # refused, or what is wrong with it is named
    both = [fuel for fuel in whole.flows if fuel in found.flows]
    assert set(whole.flows) - set(both) <= {"gangue", "coke", "blast furnace gas"} | OPTIONAL
    flows = found.flows[both].dropna()  # a line that is not printed is not known
    pd.testing.assert_frame_equal(flows, whole.flows.loc[flows.index, both], rtol=1e-12)
    assert found.units[both].equals(whole.units[both])


OPTIONAL = {"converter gas", "LNG"}
"""Fuels in no printed total that an edition may lack."""


@cache
def lines(*parts: str) -> list[str]:
    return official(*parts).read_text(encoding="utf-8").splitlines()


csv_damages = st.tuples(
    st.lists(
        st.sampled_from(["drop line", "swap lines", "double line", "text", "drop cell", "header"]),
        min_size=1,
        max_size=2,
    ),
    st.integers(0, 10**6),
)


def damage_text(text: list[str], how: tuple[list[str], int]) -> str:
    rows, rng = list(text), random.Random(how[1])
    first = next(k for k, line in enumerate(rows) if not line.startswith("#"))
    for kind in how[0]:
        one, two = (rng.randrange(first + 1, len(rows)) for _ in range(2))
        if kind == "drop line":
            del rows[one]
        elif kind == "swap lines":
            rows[one], rows[two] = rows[two], rows[one]
        elif kind == "double line":
            rows.insert(one, rows[two])
        elif kind == "header":
            rows[first] = rows[first].replace(rng.choice(rows[first].split(",")), "x", 1)
        else:
            cells = rows[one].split(",")
            cells[rng.randrange(len(cells))] = "x" if kind == "text" else ""
            rows[one] = ",".join(cells)
    return "\n".join(rows)


@OFFICIAL
@slow_start
@given(how=csv_damages)
@pytest.mark.parametrize("name", ["extract", "gdp", "facts", "flows"])
def test_damaged_lists(tmp_path: Path, name: str, how: tuple[list[str], int]) -> None:
    """What is read is part of the undamaged list: no number moves to another place."""
    parts, read = LISTS[name]
    path = tmp_path / parts[-1]
    path.write_text(damage_text(lines(*parts), how), encoding="utf-8")
    found = read_or_refuse(lambda: read(path), parts[-1])
    if found is None:
        return
    whole = read(official(*parts)).stack().dropna()
    kept = found.stack().dropna()
    known = [label for label in kept.index if label in whole.index]
    assert len(known) >= len(kept) - 2 * len(found.columns)  # lines whose label became another
    for label in known:
        assert kept.loc[label] == whole.loc[label] or isinstance(kept.loc[label], str)


def by_flow(path: Path) -> pd.DataFrame:
    return read_largest_flows(path, "2017 new").set_index(["province", "commodity", "activity"])


LISTS: dict[str, tuple[tuple[str, str], Callable[[Path], pd.DataFrame]]] = {
    "extract": (
        ("energy", "energy_balance_2021_yrd_extract.csv"),
        lambda path: read_balance_extract(path, FOUR),
    ),
    "gdp": (("macro", "provincial_gdp_2005_2024.csv"), read_provincial_series),
    "facts": (("macro", "yrd_facts_2020.csv"), lambda path: read_facts(path, FOUR)),
    "flows": (("io2007", "provincial_flows_2017_top88.csv"), by_flow),
}
