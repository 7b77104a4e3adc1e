"""Official tables and assumptions that several steps of the physical half share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020 import generation
from recipes.yrd2020.fuels import ENERGY
from recipes.yrd2020.inputs import Inputs, load_inputs, with_rest
from recipes.yrd2020.inventory import DATA, REGIONS
from recipes.yrd2020.io_tables import FINAL_USES, ProvincialFlows
from recipes.yrd2020.sources import BALANCE_2021, FACTS
from sam.accounts import HOUSEHOLDS
from sam.concordance import load_concordance, load_sectors
from sam.ratios import ratio
from sam.readers import read_balance_extract, read_facts

Array = npt.NDArray[np.float64]

PROVINCES = {"SH": "Shanghai", "JS": "Jiangsu", "ZJ": "Zhejiang", "AH": "Anhui"}
"""Names of the four provinces in the compiled tables."""


@dataclass(frozen=True, eq=False)
class Tables:
    """What is read once.

    Attributes:
        sources: folder of official tables.
        inputs: physical totals and assumptions.
        money: totals of the money half.
        facts: facts of 2020, item by province in model order.
        balance: energy balance of 2021, (fuel, process) by province, Mtce.
        flows: input-output tables of 2007.
        paid: what users of the nation pay for energy by the official table, 1e8 CNY (energy, user).
    """

    sources: Path
    inputs: Inputs
    money: Inputs
    facts: pd.DataFrame
    balance: pd.DataFrame
    flows: ProvincialFlows
    paid: Array

    def fact(self, item: str) -> Array:
        """One fact of 2020 (province)."""
        return generation.fact(self.facts, item)


def read_tables(sources: Path, flows: ProvincialFlows, paid: Array) -> Tables:
    """Read the tables of a folder.

    Arguments:
        sources: folder of official tables.
        flows: input-output tables of 2007.
        paid: payments of the nation for energy (energy, user).

    Raises:
        sam.errors.SourceError: a table is missing or not in its layout.
    """
    codes = {name: code for code, name in PROVINCES.items()}
    balance = read_balance_extract(sources / BALANCE_2021, list(codes))
    return Tables(
        sources=sources,
        inputs=load_inputs(DATA / "physical.csv"),
        money=load_inputs(),
        facts=facts_of_2020(sources),
        balance=balance.rename(columns=codes),
        flows=flows,
        paid=paid,
    )


def facts_of_2020(sources: Path) -> pd.DataFrame:
    """Facts of 2020, item by province in model order, ``NaN`` where the table has no number.

    Raises:
        sam.errors.SourceError: the table is missing or not in its layout.
    """
    names = list(PROVINCES.values())
    table = read_facts(sources / FACTS, names)[names].astype(float)
    return table.set_axis(pd.Index(PROVINCES), axis=1)


def paid_by_region(tables: Tables, energy: str) -> Array:
    """What users pay for an energy, 1e8 CNY (region, user).

    The nation's payments of the official table, shared over the regions as those of 2007 were.
    """
    place = load_sectors()["code"].tolist().index(energy)
    flows = tables.flows
    households = [FINAL_USES.index(name) for name in HOUSEHOLDS]
    bought = np.concatenate(
        [flows.intermediate[:, place, :], flows.final[:, place, households]], axis=1
    )  # province, user
    owner = load_concordance("provinces_to_regions").table["target"]
    member = np.array([[float(name == region) for name in owner] for region in REGIONS])
    pattern = member @ np.maximum(bought, 0.0)  # region, user
    even = pattern.sum(1, keepdims=True) / pattern.sum()
    share = np.where(pattern.sum(0) > 0.0, ratio(pattern, pattern.sum(0)), even)
    return np.asarray(share * tables.paid[ENERGY.index(energy)])


def cement_output(tables: Tables) -> Array:
    """Cement output, Mt (region)."""
    own = tables.fact("Cement output 2020")
    return with_rest("cement output", own, tables.inputs.value("cement_output"))
