"""Sums near one and values near a bound print the digits that show why they are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from calibration import load_elasticities, load_technologies
from calibration.errors import AssumptionError, ElasticityError
from calibration.tables import DATA


def test_shares_that_miss_one_by_little_are_told_from_one(tmp_path: Path) -> None:
    table = (DATA / "technology_fuels.csv").read_text(encoding="utf-8")
    path = tmp_path / "fuels.csv"
    path.write_text(table.replace("coal,COL,0.97,", "coal,COL,0.96999999,"), encoding="utf-8")
    with pytest.raises(AssumptionError, match=r"sum to 0\.99999999, not 1"):
        load_technologies(fuels_path=path)


def test_a_value_just_beyond_its_bound_is_told_from_it(tmp_path: Path) -> None:
    path = tmp_path / "elasticities.csv"
    table = (DATA / "elasticities.csv").read_text(encoding="utf-8").splitlines()
    row = next(line for line in table[1:] if line.startswith("foreign,"))
    cells = row.split(",")
    cells[4] = "100.0000001"
    path.write_text("\n".join([*table, ",".join(cells)]), encoding="utf-8")
    with pytest.raises(ElasticityError, match=r"is 100\.0000001, must be a number from 0 to 100"):
        load_elasticities(path)
