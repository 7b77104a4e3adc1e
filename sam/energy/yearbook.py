r"""Energy accounts of one region from its balance in the China Energy Statistical Yearbook.

The physical balance counts fuels in tons, cubic metres, joules and kilowatt-hours. In coal
equivalent, with the Yearbook's heat values, its columns add up to the commodities of a SAM and its
lines to users: what final users, power stations and transformers take of a fuel, and what becomes
of it. For every commodity

.. math:: A + O = \sum_u (B_u + S_u + N_u + U_u) + L + D ,

availability and output of transformation are burnt, feedstock, non-energy use, electricity and heat
used, and losses, up to the statistical difference. A process that makes a commodity of itself
(cleaned coal of raw, gasoline of naphtha) takes the difference only. What is burnt emits by the
carbon of its fuel,

.. math:: E_{uc} = \sum_{f \in c} e_f B_{uf} .
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sam.energy.accounts import ITEMS
from sam.energy.carbon import emission_factors
from sam.energy.units import KGCE_PER_KWH, standard_coal_factors, to_standard_coal
from sam.errors import DatasetError
from sam.ranking import lowest, worst
from sam.ratios import ratio
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
"""Lines of final use, of which industry includes the own use of the industries that make energy:
the balance does not tell it apart."""

BURNERS = ("thermal power", "heating")
"""Transformation that burns what it takes."""

TRANSFORMERS = ("coal washing", "coking", "refining", "gas works", "gas liquefaction", "briquettes")
"""Transformation that makes a fuel of what it takes."""

WITHIN = ("coal washing", "gas liquefaction", "briquettes")
"""Transformation of a commodity into itself: what it takes in all is lost (gangue, slurry)."""

_REST = ("recovered", "oil reinput", "coke reinput")
_CARRIERS = ("electricity", "heat")
_PRIMARY = ("hydro", "nuclear", "wind", "solar")
_UNTOLD = 1e-3  # TWh by which given kinds of primary electricity may miss their sum
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
        uses: columns ``user, fuel, amount``, those of ``ITEMS``, and ``mt_co2``, the CO2 of what is
            burnt, Mt; fuels are the commodities of a SAM, ``HEAT`` and ``OTHER``, whose carbon is
            not known; the user ``losses`` takes what is lost on the way.
        supply: commodities by ``production, inflow, imports, outflow, exports, stocks,
            transformation`` (output) and ``difference``; what leaves is negative.
        generation: electricity made, TWh by ``thermal, hydro, nuclear, wind, solar``.
        efficiency: processes by ``input, output, efficiency`` of all fuels, heat included.
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
        DatasetError: a fuel has no heat value or its unit does not fit, or a factor is of a fuel
            that the balance does not count in mass or volume.
    """
    own = factors or {}
    _check_factors(balance, own)
    converted = {
        fuel: to_standard_coal(balance.flows[fuel], str(fuel), unit, own.get(str(fuel)))
        for fuel, unit in balance.units.items()
    }
    return pd.DataFrame(converted)


def _check_factors(balance: EnergyBalance, factors: Mapping[str, float]) -> None:
    physical = [f for f, unit in balance.units.items() if unit in ("Mt", "bcm")]
    unknown = [name for name in factors if name not in physical]
    if unknown:
        raise DatasetError(
            f"energy balance {balance.name}: a heat value of {unknown[0]!r} has no use; it counts "
            f"in Mt or bcm {', '.join(map(str, physical)) or 'nothing, all is in coal equivalent'}"
        )


def regional_energy(
    balance: EnergyBalance,
    factors: Mapping[str, float] | None = None,
    primary: Mapping[str, float] | None = None,
) -> RegionalEnergy:
    """Energy accounts of one region from its balance.

    From a file to accounts::

        balance = read_energy_balances("yearbook.xlsx")["Jiangsu"]
        accounts = regional_energy(balance, {"raw coal": 0.72})
        accounts.uses, accounts.imbalance()

    ``dataset_tables`` carries them on to the users of a dataset.

    Arguments:
        balance: as read from the Yearbook.
        factors: heat values of the region instead of the standard ones, Mtce per Mt or bcm.
        primary: TWh of ``hydro``, ``nuclear``, ``wind`` and ``solar`` where the balance prints
            their sum only, as those of provinces did in 2007.

    Raises:
        DatasetError: a fuel has no heat value, its unit does not fit, industry uses more of a fuel
            as material than it takes, uses of households are not told by town and country, or the
            kinds of primary electricity are unknown or do not add up to what is not told.
    """
    fuels = balance_in_standard_coal(balance, factors)  # line, fuel
    account = standard_coal_factors()["account"].reindex(fuels.columns)
    table = fuels.T.groupby(account, sort=False).sum(min_count=1).T
    _check_households(balance.name, table)
    _check_material(balance.name, fuels)
    processes = fuels.loc[[*BURNERS, *TRANSFORMERS, *_REST]].fillna(0.0)
    net = processes.T.groupby(account, sort=False).sum().T  # process, commodity
    return RegionalEnergy(
        name=balance.name,
        uses=_uses(fuels, processes, net, account),
        supply=_supply(table, net.clip(lower=0.0).sum()),
        generation=_generation(balance.name, table, primary or {}),
        efficiency=_efficiency(fuels),
    )


def _check_households(name: str, table: pd.DataFrame) -> None:
    parts = table.loc[["urban", "rural"]].fillna(0.0).sum()
    gap = (_line(table, "households") - parts).abs()
    if (gap > 1e-3 + 0.01 * parts).any():
        fuel = gap.index[worst(gap)]
        raise DatasetError(
            f"energy balance {name}: households use {gap.max():.4g} Mtce of {fuel} that "
            "town and country do not add up to; correct the lines urban and rural"
        )


def _check_material(name: str, fuels: pd.DataFrame) -> None:
    excess = _line(fuels, "feedstock") - _line(fuels, "industry")
    if (excess > 1e-9).any():
        fuel = excess.index[lowest(-excess)]
        raise DatasetError(
            f"energy balance {name}: industry uses {excess.max():.4g} Mtce more of "
            f"{fuel} as material than it takes; correct the line feedstock"
        )


def _uses(
    fuels: pd.DataFrame, processes: pd.DataFrame, net: pd.DataFrame, account: pd.Series
) -> pd.DataFrame:
    """What each user takes of each commodity, and what becomes of it."""
    parts = [_final(fuels, line, user) for line, user in USERS.items()]
    for process in processes.index:
        parts.append(_taken(str(process), processes.loc[process], net.loc[process], account))
    lost = _line(fuels, "losses")
    parts.append(_rows("losses", lost, {"losses": lost}))
    rows = pd.concat(parts, ignore_index=True)
    rows["mt_co2"] = rows["burnt"] * rows["fuel"].map(_carbon())
    rows["fuel"] = rows["fuel"].map(account)
    result = rows.groupby(["user", "fuel"], sort=False, as_index=False).sum()
    return result[result["amount"] != 0.0].reset_index(drop=True)


def _carbon() -> pd.Series:
    """CO2 of a fuel of the balance that is burnt, t per tce."""
    emitted = standard_coal_factors()["burns_as"].map(emission_factors()["t_per_tce"])
    return emitted.fillna(0.0)


def _final(fuels: pd.DataFrame, line: str, user: str) -> pd.DataFrame:
    amount = _line(fuels, line)
    kept = _line(fuels, "feedstock") if line == "industry" else 0.0 * amount
    return _rows(user, amount, {"non_energy": kept, **_consumed(amount - kept)})


def _taken(process: str, flow: pd.Series, net: pd.Series, account: pd.Series) -> pd.DataFrame:
    """Input of a process, less what it returns of the same commodity."""
    taken = -flow.clip(upper=0.0)
    gross = account.map(taken.groupby(account).sum())
    left = account.map(-net.clip(upper=0.0))
    amount = taken * left.where(gross > 0.0, 0.0) / gross.where(gross > 0.0, 1.0)
    if process in BURNERS:
        return _rows(process, amount, _consumed(amount))
    return _rows(process, amount, {"losses" if process in WITHIN else "feedstock": amount})


def _consumed(amount: pd.Series) -> dict[str, pd.Series]:
    """Fuels are burnt, electricity and heat used."""
    carrier = amount.index.isin(_CARRIERS)
    return {"burnt": amount.where(~carrier, 0.0), "used": amount.where(carrier, 0.0)}


def _line(table: pd.DataFrame, line: str) -> pd.Series:
    """One line of the balance; what it does not print is zero."""
    return table.T[line].fillna(0.0)


def _rows(user: str, amount: pd.Series, items: Mapping[str, pd.Series]) -> pd.DataFrame:
    table = pd.DataFrame({"user": user, "fuel": amount.index, "amount": amount.to_numpy()})
    for name in ITEMS:
        table[name] = items[name].to_numpy() if name in items else 0.0
    return table


def _supply(table: pd.DataFrame, made: pd.Series) -> pd.DataFrame:
    lines = {name: table.loc[list(parts)].fillna(0.0).sum() for name, parts in _SUPPLY.items()}
    supply = pd.DataFrame(lines)
    supply["transformation"] = made.reindex(supply.index).fillna(0.0)
    supply["difference"] = _line(table, "statistical difference")
    return supply


def _generation(name: str, table: pd.DataFrame, primary: Mapping[str, float]) -> pd.Series:
    """Electricity made, TWh; of primary power not told apart, one line ``primary``."""
    electricity = (table["ELE"].fillna(0.0) / KGCE_PER_KWH).to_dict()
    made = {"thermal": electricity["thermal power"]}
    made |= {name: electricity[name] for name in _PRIMARY}
    rest = electricity["production"] - sum(electricity[kind] for kind in _PRIMARY)
    unknown = [kind for kind in primary if kind not in _PRIMARY]
    if unknown or (primary and abs(sum(primary.values()) - rest) > _UNTOLD):
        raise DatasetError(
            f"energy balance {name}: primary={dict(primary)} do not tell the {rest:.6g} TWh of"
            f" primary electricity that its lines leave open; give TWh of {', '.join(_PRIMARY)}"
            " that add up to them"
        )
    made |= {kind: made[kind] + twh for kind, twh in primary.items()}
    if not primary and abs(rest) > 1e-6:
        made["primary"] = rest
    return pd.Series(made, name="twh")


def _efficiency(fuels: pd.DataFrame) -> pd.DataFrame:
    processes = [*BURNERS, *TRANSFORMERS]
    rows = fuels.loc[processes].fillna(0.0)
    table = pd.DataFrame(
        {
            "input": 0.0 - rows.clip(upper=0.0).sum(axis=1),
            "output": rows.clip(lower=0.0).sum(axis=1),
        }
    )
    return table.assign(efficiency=ratio(table["output"], table["input"], np.nan))
