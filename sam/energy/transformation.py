r"""Efficiency of energy transformation: what comes out over what goes in.

Of power and heat only electricity comes out here: a dataset has no account of heat.

.. math:: \eta_{ele} = \frac{3.6 \, G^{fossil}}{\sum_f B_f}, \quad
          \eta_{cok} = \frac{Q_{COK} + X - M}{S_{COL}}, \quad
          \eta_{ref} = \frac{Q_{REF} + X - M}{S_{OIL}}, \quad
          \eta_{gas} = \frac{Q_{GDT}}{S_{GAS} + S_{COL} + L_{GAS}},

in the nation, for products that move between regions; power by region. No machine makes more than
it takes in, and real ones stay within known ranges. Coking, refining and gas supply are found by
their codes in the classification of the project.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from sam.dataset import Dataset
from sam.energy.accounts import energy_uses
from sam.energy.primary import FOSSIL

PJ_PER_TWH = 3.6
"""Heat of a terawatt-hour."""

RANGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "power": (0.28, 0.50),
        "coking": (0.85, 0.98),
        "refining": (0.85, 0.99),
        "gas supply": (0.80, 1.0),
    }
)
"""Efficiencies that plants reach. Power stations of China burn some 300 gce per kWh delivered, .41.
The fuel of a power sector that sells heat too is counted whole and its heat is not, so that
electricity is a smaller part of it: of the coal that Jiangsu and Zhejiang put into power and heat
in 2021, 19 and 22 % went into heating, of Anhui's 7 % (China Energy Statistical Yearbook), which is
why .33 stands beside .40. Coking reaches .92 and refining .95 (China Statistical Yearbook,
efficiency of energy transformation). Net exports of products, which statistics of money do not
tell in tons, widen the range of refining and coking."""

_PLANTS = {  # process: (sector, its feedstocks, product)
    "coking": ("COK", ("COL",), "COK"),
    "refining": ("REF", ("OIL",), "REF"),
    "gas supply": ("GDT", ("GAS", "COL"), "GDT"),
}


def transformation(dataset: Dataset) -> pd.DataFrame:
    """Input, output and efficiency of the processes that make energy of energy.

    Arguments:
        dataset: tables ``energy``, ``feedstock`` and ``generation``.

    Returns:
        Columns ``process, region, input, output, efficiency, low, high, physical``: PJ; power by
        region, the rest in the nation (region ``CN``), foreign trade of products apart; the range,
        and whether the efficiency lies in it. Processes without input are left out.
    """
    uses = energy_uses(dataset, "PJ")
    rows = [*_power(dataset, uses), *_products(uses)]
    table = pd.DataFrame(rows, columns=["process", "region", "input", "output"])
    table = table[table["input"] > 0.0].reset_index(drop=True)
    table["efficiency"] = table["output"] / table["input"]
    limits = np.array([RANGES[name] for name in table["process"]]).reshape(-1, 2)
    table["low"], table["high"] = limits[:, 0], limits[:, 1]
    return table.assign(physical=table["efficiency"].between(table["low"], table["high"]))


def _power(dataset: Dataset, uses: pd.DataFrame) -> list[tuple[str, str, float, float]]:
    fossil = dataset.generation[dataset.generation["technology"].isin(FOSSIL)]
    made = fossil.groupby("region")["twh"].sum() * PJ_PER_TWH
    burnt = uses[uses["user"] == dataset.roles.electricity].groupby("region")["burnt"].sum()
    return [
        ("power", region, float(burnt.get(region, 0.0)), float(made.get(region, 0.0)))
        for region in dataset.regions
    ]


def _products(uses: pd.DataFrame) -> list[tuple[str, str, float, float]]:
    rows = []
    for process, (sector, feedstocks, product) in _PLANTS.items():
        charged = uses[(uses["user"] == sector) & uses["fuel"].isin(feedstocks)]
        taken = float(charged[["feedstock", "losses"]].to_numpy().sum())
        sold = float(uses.loc[uses["fuel"] == product, "amount"].sum())
        rows.append((process, "CN", taken, sold))
    return rows
