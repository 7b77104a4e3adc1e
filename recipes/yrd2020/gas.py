r"""Natural gas by kind of use, such that the nation uses it as published.

Inventories print the gas of power stations with that of heat: raised to national consumption, it
would be burnt at an efficiency of .27. Published shares of consumption say what power stations,
chemicals, industry and cities use, and the inventories what each region uses in all,

.. math:: G_{r,power} = \lambda \, A_{r,power}, \qquad
          G_{rk} = x_r \, A_{rk} \, y_k \quad (k \ne power), \qquad
          \sum_k G_{rk} = \sum_k A_{rk}, \qquad \sum_r G_{rk} = s_k \, (Q^{CN} + W) - N_k,

with A and G the gas taken in by the users of kind k, before and after (what pipes lose included),
s the published share, Q the nation's consumption, W what gas works make of coal, and N what kind k
uses and A has not: feedstock of chemicals, and what wells burn, which stays as inventoried. Heat is
the same part of the gas of power stations in every region, so that gas power is placed as the
inventories place it. Within a region and a kind all users keep their proportions.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from recipes.yrd2020.inputs import Inputs
from recipes.yrd2020.inventory import INDUSTRY, REGIONS, users
from sam.accounts import FUELS
from sam.balancing import ras
from sam.errors import DatasetError
from sam.ranking import lowest
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

KINDS = ("power", "chemicals", "industry", "city")
"""Uses of gas whose shares are published."""

WELLS = ("OIL", "GAS")
"""Extraction: industry as well, whose use of its own product the inventories know better."""

_OF = {"ELE": "power", "CHM": "chemicals", "GDT": "city"}


def kind_of_use() -> dict[str, str]:
    """Kind of use by user: of industry all but power, chemicals and gas supply is ``industry``.

    Gas supply, homes, services, transport, construction and farms are the gas of cities.
    """
    names = users()
    kinds = dict.fromkeys(names, "city") | dict.fromkeys(names[INDUSTRY], "industry")
    return kinds | _OF


def gas_totals(inputs: Inputs, kept: Array) -> dict[str, float]:
    """What the nation uses of gas by kind, gas made of coal included, Mtce.

    Arguments:
        inputs: consumption of energy, the share of gas, and of every kind in gas.
        kept: feedstock and non-energy use of the nation, Mtce (user, model fuel).
    """
    works = float(kept[users().index("GDT"), FUELS.index("COL")])
    total = inputs.value("energy_consumption") * inputs.value("energy_share_gas")
    total += works * inputs.value("gas_works_yield")
    return {kind: inputs.value(f"gas_share_{kind}") * total for kind in KINDS}


def use_as_published(burnt: Array, feedstock: Array, totals: Mapping[str, float]) -> Array:
    """Factors on the gas that users burn, such that every kind uses its total (region, user).

    Arguments:
        burnt: gas taken in to be burnt, Mtce (region, user).
        feedstock: gas of chemicals that is not burnt, Mtce (region).
        totals: use of the nation by kind, Mtce; their sum is burnt and feedstock together, and
            what rounding leaves of the difference is shared in proportion.

    Raises:
        DatasetError: feedstock or wells take more than their kind uses, or power stations more
            than a region has.
        sam.errors.BalancingError: kinds and regions contradict each other.
    """
    names, kinds = users(), kind_of_use()
    wells = np.isin(names, WELLS)
    member = np.array([[kinds[name] == kind for kind in KINDS] for name in names])
    member = (member & ~wells[:, None]).astype(float)  # user, kind
    before = burnt @ member  # region, kind
    taken = {"chemicals": float(feedstock.sum()), "industry": float(burnt[:, wells].sum())}
    left = np.array([totals[kind] - taken.get(kind, 0.0) for kind in KINDS])
    if (left <= 0.0).any():
        kind = KINDS[lowest(left)]
        raise DatasetError(
            f"gas of {kind}: the nation uses {totals[kind]:.4g} Mtce, {taken[kind]:.4g} of it as "
            "feedstock or in wells; lower feedstock.csv or raise its share in physical.csv"
        )
    after = _place(before, left * before.sum() / left.sum())
    factor = ratio(after, before, 1.0)
    return np.asarray(factor @ member.T + wells)


def _place(before: Array, totals: Array) -> Array:
    """Gas by region and kind with these totals by kind: power in proportion, the rest by RAS."""
    power = before[:, 0] * totals[0] / before[:, 0].sum()
    others = before.sum(1) - power  # region
    if (others <= 0.0).any():
        r = lowest(others)
        raise DatasetError(
            f"gas of power stations in {REGIONS[r]}: {power[r]:.4g} Mtce, its inventory "
            f"has {before[r].sum():.4g} for all users; lower gas_share_power"
        )
    rest = ras(before[:, 1:], others, totals[1:])
    return np.column_stack([power, rest])
