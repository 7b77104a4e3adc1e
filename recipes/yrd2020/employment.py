r"""Persons employed by region and group of sectors in the base year.

The last national account of employment by sector is of 2018. Groups move to the base year with the
published employment of their industry (primary, secondary, tertiary), and are shared out over the
regions (RAS) to the employment of each, from what labour is paid there,

.. math:: L_{rg} = x_r \, y_g \, \frac{W_{rg}}{\sum_s W_{sg}} L_g , \qquad
          \sum_g L_{rg} = L_r , \quad \sum_r L_{rg} = L_g .
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020.flows import LABOUR, Flows
from recipes.yrd2020.inputs import Inputs
from recipes.yrd2020.inventory import REGIONS
from recipes.yrd2020.sources import EMPLOYMENT
from recipes.yrd2020.totals import GROUPS, group_of
from sam.balancing import ras
from sam.concordance import load_concordance, load_sectors
from sam.readers import read_employment

Array = npt.NDArray[np.float64]

YEAR = 2018
"""Last year of employment by sector."""

COLUMNS = ["region", "group", "sectors", "million", "source", "quality", "note"]

_ACCOUNT = "Wang, Jia and Wang (2021), Statistical Research 38(12), 3-18: employment by sector 2018"
_PLACED = "China Statistical Yearbook 2021, employment by {what} 2020 (recalled)"
_QUARRIES = "enterprises only, as labour cost per person suggests: too few persons"


def employment(
    sources: Path, year: int, inputs: Inputs, flows: Flows, labour: Array
) -> pd.DataFrame:
    """Employment by region and group of sectors, million.

    Arguments:
        sources: folder of official tables.
        year: base year; of the last account itself nothing is moved.
        inputs: employment of the nation by industry.
        flows: balanced flows, whose labour costs place persons.
        labour: persons employed, million (region).

    Raises:
        sam.errors.SourceError: the account is missing or does not add up.
    """
    groups = load_concordance("employment_to_groups")
    codes, sectors = groups.targets, tuple(load_sectors()["code"])
    nation = _nation(sources, codes)
    if year != YEAR:
        nation = _moved(nation, inputs, codes, sectors)
    paid = np.stack(
        [flows.value_added[:, LABOUR, _places(code, sectors)].sum(1) for code in codes], axis=1
    )  # region, group
    prior = paid / paid.sum(0) * nation
    persons = ras(prior, labour * nation.sum() / labour.sum(), nation, tol=1e-10)
    short = set(groups.table.loc[groups.table["coverage"] == "enterprises", "target"])
    notes = [_QUARRIES if code in short else "" for code in codes]
    return _rows(persons, codes, notes, year)


def _nation(sources: Path, codes: list[str]) -> Array:
    """Persons of the nation by the last account, million (group)."""
    printed = read_employment(sources / EMPLOYMENT, YEAR)
    detail = printed[printed["detail"]]
    weights = load_concordance("employment_to_groups").matrix(detail.index.tolist(), codes)
    return np.asarray(detail["persons"].to_numpy(float) @ weights)


def _moved(persons: Array, inputs: Inputs, codes: list[str], sectors: tuple[str, ...]) -> Array:
    """Persons of the base year, million (group): each industry has its published total."""
    moved = persons.copy()
    industry = np.array([_industry(code, sectors) for code in codes])
    for name in dict.fromkeys(industry):
        own = industry == name
        moved[own] *= inputs.value(f"employment_{name}") / persons[own].sum()
    return moved


def _places(code: str, sectors: tuple[str, ...]) -> list[int]:
    return [sectors.index(name) for name in code.split("+")]


def _industry(code: str, sectors: tuple[str, ...]) -> str:
    group = GROUPS[group_of(sectors)[_places(code, sectors)[0]]]
    return "secondary" if group in ("industry", "construction") else group


def _rows(persons: Array, codes: list[str], notes: list[str], year: int) -> pd.DataFrame:
    what = "region" if year == YEAR else "industry and region"
    source = f"{_ACCOUNT}; {_PLACED.format(what=what)}"
    rows = [
        (region, code, code.replace("+", " "), float(persons[r, g]), source, "derived", notes[g])
        for r, region in enumerate(REGIONS)
        for g, code in enumerate(codes)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)
