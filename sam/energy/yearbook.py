r"""Energy accounts of one region from its balance in the China Energy Statistical Yearbook.

The physical balance counts fuels in tons, cubic metres, joules and kilowatt-hours. In coal
equivalent, with the Yearbook's heat values, its columns add up to the commodities of a SAM and its
lines to users: what final users, power stations and transformers take of a fuel, and what becomes
of it. For every fuel

.. math:: A + O = \sum_u (B_u + S_u + N_u + U_u) + L + D ,

availability and output of transformation are burnt, feedstock, non-energy use, electricity and heat
used, and losses, up to the statistical difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sam.energy.units import KGCE_PER_KWH, standard_coal_factors, to_standard_coal
from sam.errors import DatasetError
from sam.readers.energy_balance import EnergyBalance

USERS: Mapping[str, str] = {
    "agriculture": "agriculture",
    "industry": "industry",
    "construction": "construction",
    "transport": "transport",
    "trade and catering": "trade and catering",
    "other services": "other services",
    "urban": "urban households",
    "rural": "rural households",
}
"""Lines of final use, of which industry includes the energy industries' own use."""

BURNERS = ("thermal power", "heating")
"""Transformation that burns what it takes."""

TRANSFORMERS = ("coal washing", "coking", "refining", "gas works", "gas liquefaction", "briquettes")
"""Transformation that makes a fuel of what it takes."""

_REST = ("recovered", "oil reinput", "coke reinput")
_CARRIERS = ("ELE", "HEAT")
_PRIMARY = ("hydro", "nuclear", "wind", "solar")
_SUPPLY = {
    "production": ("production", "recovery"),
    "inflow": ("inflow",),
    "imports": ("imports", "refuelling abroad"),
    "outflow": ("outflow",),
    "exports": ("exports", "refuelling here"),
    "stocks": ("opening stocks", "closing stocks", "stock change"),
}


@dataclass(frozen=True, eq=False)
class RegionalEnergy:
    """Energy accounts of a region, Mtce, electricity at its heat value.

    Attributes:
        name: of the balance.
        uses: columns ``user, fuel, amount, burnt, feedstock, non_energy, losses, used``; fuels are
            the commodities of a SAM, ``HEAT`` and ``OTHER``; the user ``losses`` takes what is
            lost on the way.
        supply: commodities by ``production, inflow, imports, outflow, exports, stocks,
            transformation`` (output) and ``difference``; what leaves is negative.
        generation: electricity made, TWh by ``thermal, hydro, nuclear, wind, solar``.
        efficiency: processes by ``input, output, efficiency``.
    """

    name: str
    uses: pd.DataFrame
    supply: pd.DataFrame
    generation: pd.Series
    efficiency: pd.DataFrame

    def imbalance(self) -> pd.Series:
        """Supply less use and difference by fuel, Mtce: zero where the balance is sound."""
        sources = self.supply.drop(columns="difference").sum(axis=1)
        taken = self.uses.groupby("fuel")["amount"].sum().reindex(sources.index).fillna(0.0)
        return sources - taken - self.supply["difference"]


def balance_in_standard_coal(
    balance: EnergyBalance, factors: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """A balance in Mtce: lines by fuel.

    Arguments:
        balance: physical or in coal equivalent already.
        factors: heat values of the region instead of the standard ones, Mtce per Mt or bcm.

    Raises:
        DatasetError: a fuel has no heat value or its unit does not fit.
    """
    own = factors or {}
    converted = {
        fuel: to_standard_coal(balance.flows[fuel], str(fuel), unit, own.get(str(fuel)))
        for fuel, unit in balance.units.items()
    }
    return pd.DataFrame(converted)


def regional_energy(
    balance: EnergyBalance, factors: Mapping[str, float] | None = None
) -> RegionalEnergy:
    """Energy accounts of one region from its balance.

    Arguments:
        balance: as read from the Yearbook.
        factors: heat values of the region instead of the standard ones, Mtce per Mt or bcm.

    Raises:
        DatasetError: a fuel has no heat value, its unit does not fit, or uses of households are
            not told by town and country.
    """
    fuels = balance_in_standard_coal(balance, factors)  # line, fuel
    account = standard_coal_factors()["account"]
    table = fuels.T.groupby(account.reindex(fuels.columns), sort=False).sum(min_count=1).T
    output = fuels.loc[[*BURNERS, *TRANSFORMERS, *_REST]].clip(lower=0.0).sum()
    made = output.groupby(account.reindex(fuels.columns)).sum()
    _check_households(balance.name, table)
    return RegionalEnergy(
        name=balance.name,
        uses=_uses(fuels, table, account),
        supply=_supply(table, made),
        generation=_generation(table),
        efficiency=_efficiency(fuels),
    )


def _check_households(name: str, table: pd.DataFrame) -> None:
    parts = table.loc[["urban", "rural"]].fillna(0.0).sum()
    gap = (_line(table, "households") - parts).abs()
    if (gap > 1e-3 + 0.01 * parts).any():
        raise DatasetError(
            f"energy balance {name}: households use {gap.max():.4g} Mtce of {gap.idxmax()} that "
            "town and country do not add up to; correct the lines urban and rural"
        )


def _uses(fuels: pd.DataFrame, table: pd.DataFrame, account: pd.Series) -> pd.DataFrame:
    """What each user takes of each commodity, and what becomes of it."""
    parts = [_final(table, line, user) for line, user in USERS.items()]
    for process in (*BURNERS, *TRANSFORMERS, *_REST):
        taken = -_line(fuels, process).clip(upper=0.0)
        amount = taken.groupby(account.reindex(fuels.columns)).sum()
        item = "burnt" if process in BURNERS else "feedstock"
        parts.append(_rows(process, amount, {item: amount}))
    lost = _line(table, "losses")
    parts.append(_rows("losses", lost, {"losses": lost}))
    result = pd.concat(parts, ignore_index=True)
    return result[result["amount"] != 0.0].reset_index(drop=True)


def _final(table: pd.DataFrame, line: str, user: str) -> pd.DataFrame:
    amount = _line(table, line)
    kept = _line(table, "feedstock") if line == "industry" else 0.0 * amount
    carrier = amount.index.isin(_CARRIERS)
    rest = amount - kept
    return _rows(
        user,
        amount,
        {"burnt": rest.where(~carrier, 0.0), "non_energy": kept, "used": rest.where(carrier, 0.0)},
    )


def _line(table: pd.DataFrame, line: str) -> pd.Series:
    """One line of the balance; what it does not print is zero."""
    return table.T[line].fillna(0.0)


def _rows(user: str, amount: pd.Series, items: Mapping[str, pd.Series]) -> pd.DataFrame:
    table = pd.DataFrame({"user": user, "fuel": amount.index, "amount": amount.to_numpy()})
    for name in ("burnt", "feedstock", "non_energy", "losses", "used"):
        table[name] = items[name].to_numpy() if name in items else 0.0
    return table


def _supply(table: pd.DataFrame, made: pd.Series) -> pd.DataFrame:
    lines = {name: table.loc[list(parts)].fillna(0.0).sum() for name, parts in _SUPPLY.items()}
    supply = pd.DataFrame(lines)
    supply["transformation"] = made.reindex(supply.index).fillna(0.0)
    supply["difference"] = _line(table, "statistical difference")
    return supply


def _generation(table: pd.DataFrame) -> pd.Series:
    """Electricity made, TWh; of primary power not told apart, one line ``primary``."""
    electricity = (table["ELE"].fillna(0.0) / KGCE_PER_KWH).to_dict()
    made = {"thermal": electricity["thermal power"]}
    made |= {name: electricity[name] for name in _PRIMARY}
    rest = electricity["production"] - sum(electricity[name] for name in _PRIMARY)
    if abs(rest) > 1e-6:
        made["primary"] = rest
    return pd.Series(made, name="twh")


def _efficiency(fuels: pd.DataFrame) -> pd.DataFrame:
    processes = [*BURNERS, *TRANSFORMERS]
    rows = fuels.loc[processes].fillna(0.0)
    table = pd.DataFrame(
        {"input": -rows.clip(upper=0.0).sum(axis=1), "output": rows.clip(lower=0.0).sum(axis=1)}
    )
    ratio = np.full(len(table), np.nan)
    np.divide(table["output"], table["input"], out=ratio, where=table["input"].to_numpy() > 0.0)
    return table.assign(efficiency=ratio)
