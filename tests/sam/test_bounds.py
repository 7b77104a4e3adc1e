"""Bounds that a caller sets: what is no bound is refused at every door, by the argument's name."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sam import SourceError
from sam.readers import (
    read_balance_extract,
    read_employment,
    read_energy_balances,
    read_io_table,
    read_multiregional_table,
    read_provincial_series,
    treat,
)
from sam.readers.bounds import at_least, interval, intervals
from sam.tables import sam_of_tables
from tests.sam.official import economy, write_coded_workbook
from tests.sam.official_multiregional import world, write_multiregional

NO_INTERVALS: list[Any] = [
    (None, 2000.0),
    (5.0, 1.0),
    (1.0, 1.0),
    (math.nan, 2.0),
    (1.0, math.nan),
    ("1", 2.0),
    (True, 2.0),
    (1.0,),
    2000.0,
    (),
]
NO_LIMITS: list[Any] = [None, math.nan, -0.1, "0.1", True, (0.1,)]


@pytest.mark.parametrize("given", NO_INTERVALS, ids=str)
def test_what_is_no_interval_is_refused_by_name(given: Any) -> None:
    with pytest.raises(SourceError, match=r"plausible=.*expected \(low, high\).*float\('inf'\)"):
        interval("plausible", given)
    with pytest.raises(SourceError, match=r"plausible\['mass'\]=.*expected \(low, high\)"):
        intervals("plausible", {"mass": given}, {"mass": (0.0, 1.0)})


def test_a_side_is_left_open_as_the_message_says() -> None:
    assert interval("plausible", (0, float("inf"))) == (0.0, math.inf)
    assert interval("plausible", [-float("inf"), 2]) == (-math.inf, 2.0)


@pytest.mark.parametrize("given", NO_LIMITS, ids=str)
def test_what_is_no_limit_is_refused_by_name(given: Any) -> None:
    with pytest.raises(SourceError, match=r"tolerance=.*expected a number >= 0"):
        at_least("tolerance", given)
    assert at_least("tolerance", 0) == 0.0


def test_bounds_of_what_is_not_known_are_refused_with_the_nearest(tmp_path: Path) -> None:
    """Accepted and unused they would leave the usual ones, which the caller meant to widen."""
    with pytest.raises(SourceError, match=r"unknown 'mas' \(did you mean 'mass'\?\)"):
        read_energy_balances(tmp_path / "any.xlsx", plausible={"mas": (0.0, 1.0)})
    with pytest.raises(SourceError, match=r"expected bounds by what they bound, plausible=\{'"):
        read_energy_balances(tmp_path / "any.xlsx", plausible=(0.0, 1.0))  # type: ignore[arg-type]


DOORS: list[tuple[Callable[..., Any], tuple[Any, ...], str, Any]] = [
    (read_employment, (2017,), "plausible", (None, 2000.0)),
    (read_energy_balances, (), "plausible", {"mass": (9.0, 1.0)}),
    (read_provincial_series, (), "jump", 0.5),
    (read_provincial_series, (), "spread", math.nan),
    (read_balance_extract, (["Hebei"],), "omitted", math.nan),
]


@pytest.mark.parametrize(("read", "rest", "name", "given"), DOORS)
def test_every_reader_checks_its_bounds_before_it_reads(
    tmp_path: Path, read: Callable[..., Any], rest: tuple[Any, ...], name: str, given: Any
) -> None:
    with pytest.raises(SourceError, match=name):
        read(tmp_path / "absent.csv", *rest, **{name: given})


def test_the_size_of_input_output_tables_is_bounded_by_two_numbers(tmp_path: Path) -> None:
    path = write_coded_workbook(tmp_path / "io.xlsx", {"Somewhere": economy(0)})
    several = write_multiregional(tmp_path / "mrio.xlsx", world(0))
    for read, file in ((read_io_table, path), (read_multiregional_table, several)):
        with pytest.raises(SourceError, match=r"output_range=\(None, 5.0\): expected \(low"):
            read(file, output_range=(None, 5.0))  # type: ignore[operator]
        read(file, output_range=(0.0, float("inf")))  # type: ignore[operator]
    table = read_io_table(path)
    for name in ("tolerance", "floor"):
        with pytest.raises(SourceError, match=f"{name}=nan"):
            treat(table, **{name: math.nan})
    with pytest.raises(SourceError, match="tolerance=nan"):
        sam_of_tables(read_multiregional_table(several), tolerance=math.nan)
