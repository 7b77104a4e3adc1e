"""Lists in CSV: what the readers take, and where they say what is wrong."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sam import SourceError
from sam.readers import (
    read_balance_extract,
    read_facts,
    read_largest_flows,
    read_provincial_series,
)

SERIES = """# National Bureau of Statistics 1e8 yuan
region,2009,2008,2007
Beijing,129.0,"1,18.1",104.2
Tibet,4.5,3.9,3.4
Anhui,108.6,95.1,79.4
"""

FACTS = """item,unit,A,B,source
Steel,Mt,10,20.5,yearbook
Cement,Mt,,"1,000",yearbook
"""

EXTRACT = """# Extract. Unit Mtce (electricity at 0.1229 kgce/kWh)
fuel,process,A,B
Electricity,Total Primary Energy Supply,10,30
Electricity,Indigenous Production (hydro),4,20
Electricity,Interprovincial Imports,8,10
Electricity,Interprovincial Exports,2,0
Electricity,Thermal Power,11,60
Electricity,Losses,1,5
Electricity,Total Final Consumption,20,85
Electricity,Industry,12,60
Electricity,Residential consumption,8,25
"""

FLOWS = """reg,year,Input,Output,perc,rank,value
A,2017,Steel,Machinery,0.05,1,500
A,2017,"Trade, retail",Finance,0.03,2,300
A,2017 new,Steel,Machinery,0.04,1,480
B,2017 new,Steel,Machinery,0.5,1,50
B,2017 new,Coal,Power,0.2,2,20
"""


def facts(path: Path) -> pd.DataFrame:
    return read_facts(path, ["A", "B"])


def extract(path: Path) -> pd.DataFrame:
    return read_balance_extract(path, ["A", "B"])


def flows(path: Path) -> pd.DataFrame:
    table = read_largest_flows(path, "2017 new")
    return table.set_index(["province", "commodity", "activity"])


LISTS: dict[str, tuple[str, Callable[[Path], pd.DataFrame]]] = {
    "series": (SERIES.replace("1,18.1", "111.1"), read_provincial_series),
    "facts": (FACTS, facts),
    "extract": (EXTRACT, extract),
    "flows": (FLOWS, flows),
}


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_lists_are_read_with_thousands_separators_and_gaps(tmp_path: Path) -> None:
    found = {name: read(write(tmp_path, name, text)) for name, (text, read) in LISTS.items()}
    assert found["series"].loc["Tibet"].to_dict() == {2007: 3.4, 2008: 3.9, 2009: 4.5}
    assert found["facts"].loc["Cement", "B"] == 1000.0
    assert found["facts"]["A"].isna().to_dict() == {"Steel": False, "Cement": True}
    assert found["extract"].loc[("Electricity", "Losses"), "B"] == 5.0
    assert found["flows"]["share"].to_dict() == {
        ("A", "Steel", "Machinery"): 0.04,
        ("B", "Steel", "Machinery"): 0.5,
        ("B", "Coal", "Power"): 0.2,
    }


@pytest.mark.parametrize(
    ("name", "old", "new", "place", "words"),
    [
        ("series", "129.0", "1,290.0", "row 3, column E", "5 cells"),
        ("series", "108.6,95.1", "108.6;95.1", "row 5, column D", "3 cells"),
        ("series", "2008,2007", "2007,2008", "row 2, column D", "years at equal steps"),
        ("series", "2009,2008,2007", "2009,2008,2000", "row 2, column D", "years at equal steps"),
        ("series", "3.9", "39", "row 4, column C", "nearer to 3.4"),
        ("series", "4.5,3.9,3.4", "450000,390000,340000", "row 4, column D", "at most 2000 times"),
        ("series", "Tibet", "Beijing", "row 4, column A", "each region once"),
        ("series", "Tibet,4.5,3.9,3.4", "region,2009,2008,2007", "row 4", "column names again"),
        ("series", "Tibet", "12", "row 4, column A", "the name of a region"),
        ("series", "3.9", "-3.9", "row 4, column C", "a number above zero"),
        ("series", "3.9", "3.9%", "row 4, column C", "a percentage"),
        ("facts", "20.5", "20,5", "row 2, column F", "6 cells"),
        ("facts", "20.5", "x", "row 2, column D", "a number (Steel)"),
        ("facts", "Cement", 'Cem"ent', "row 3, column A", "the name of a item"),
        ("facts", '"1,000"', '"1,000', "row 3, column A", "pairs of quotation marks"),
        ("facts", "source", "note", "row 1, column A-E", "columns ['source']"),
        ("extract", "Unit Mtce", "Unit tce", "row 1, column A", "unit Mtce"),
        ("extract", "Unit Mtce", "", "column A", "a comment line with 'Unit Mtce'"),
        ("extract", "8,10", "9,10", "row 3, column C", "the sum of its parts, 11 Mtce"),
        ("extract", "11,60", "11,-60", "row 9, column D", "the sum of its parts, -35 Mtce"),
        ("extract", "Losses", "Thermal Power", "row 8, column B", "each process of a fuel once"),
        ("flows", "0.5,1,50", "0.6,1,50", "row 5, column E", "the value over one total of B"),
        ("flows", "0.2,2,20", "0.2,3,20", "row 6, column F", "ranks 1 to 2, 2 too"),
        ("flows", "0.5,1,50", "50,1,50", "row 5, column E", "a share between 0 and 1"),
        ("flows", "B,2017 new,Coal,Power", "B,2017 new,Steel,Machinery", "row 6", "once"),
        ("flows", "2017 new", "2018", "column B", "'2017 new'"),
        ("flows", "0.5,1,50", "0.9,1,90", "column E", "at most 1"),
    ],
)
def test_what_is_wrong_with_a_list_is_named(
    tmp_path: Path, name: str, old: str, new: str, place: str, words: str
) -> None:
    text, read = LISTS[name]
    assert old in text
    with pytest.raises(SourceError) as error:
        read(write(tmp_path, name, text.replace(old, new)))
    for word in (f"{name}.csv", f"sheet '{name}'", place, "found", "expected", words):
        assert word in str(error.value), str(error.value)
    assert error.value.row is not None
    assert error.value.column is not None


def damaged(text: str, rng: random.Random) -> str:
    """One line cut, joined, doubled, moved, or with a sign too many or too few."""
    lines = text.splitlines()
    first = next(k for k, line in enumerate(lines) if not line.startswith("#"))
    row = rng.randrange(first, len(lines))
    line = lines[row]
    at = rng.randrange(len(line))
    kinds = {
        "comma": [line[:at] + "," + line[at:]],
        "quote": [line[:at] + '"' + line[at:]],
        "no commas": [line.replace(",", ";")],
        "double": [line, line],
        "drop": [],
        "shift": ["," + line],
        "join": [line + line],
        "blank": [line, "", " "],
    }
    lines[row : row + 1] = rng.choice(list(kinds.values()))
    return "\n".join(lines)


@pytest.mark.parametrize("name", list(LISTS))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_damaged_lists_are_refused_or_read_as_a_part_of_the_list(
    tmp_path: Path, name: str, seed: int
) -> None:
    text, read = LISTS[name]
    path = write(tmp_path, name, text)
    whole = read(path).select_dtypes("number").stack().dropna()
    path.write_text(damaged(text, random.Random(seed)), encoding="utf-8")
    try:
        found = read(path).select_dtypes("number").stack().dropna()
    except SourceError as error:
        assert (error.row, error.column) != (None, None), str(error)  # noqa: PT017
        return
    changed = [label for label in found.index if found[label] != whole.get(label)]
    assert changed == [], f"{name} {seed}: a wrong table"


@pytest.mark.parametrize(
    ("old", "new", "level"),
    [("3.9", "39", 39.0), ("4.5,3.9,3.4", "450000,390000,340000", 390_000.0)],
)
def test_a_true_series_out_of_proportion_is_read_as_the_message_says(
    tmp_path: Path, old: str, new: str, level: float
) -> None:
    """A jump from year to year, and a region far larger than another."""
    path = write(tmp_path, "series", SERIES.replace("1,18.1", "111.1").replace(old, new))
    with pytest.raises(SourceError, match=r"(jump|spread)=[0-9.e+]+ if it is right") as error:
        read_provincial_series(path)
    [(name, value)] = re.findall(r"(jump|spread)=([0-9.e+]+)", str(error.value))
    found = read_provincial_series(path, **{name: float(value)})
    assert found.loc["Tibet", 2008] == level


def test_an_extract_that_leaves_out_lines_is_read_when_it_is_said(tmp_path: Path) -> None:
    path = write(tmp_path, "extract", EXTRACT.replace("Industry,12,60", "Industry,11,60"))
    with pytest.raises(SourceError, match=r"omitted= a share above 0\.01"):
        extract(path)
    found = read_balance_extract(path, ["A", "B"], omitted=0.1)
    assert found.loc[("Electricity", "Industry"), "A"] == 11.0
