r"""Energy in 2020: fuel burnt, feedstock and electricity, Mtce, and their value at stated prices.

What a user burns follows from its CO2, feedstock is added, and the price is the average,

.. math:: F_{ruf} = \sum_i \frac{E_{rui}}{e_i} + S_{ruf}, \qquad
          V_{ruf} = \sum_i p_{iu} \frac{E_{rui}}{e_i} + q_{uf} S_{ruf},

over inventory fuels i bought as f, with e in t CO2 per tce, p and q in CNY per tce. Electricity of
industry is a matrix (region, sector) scaled to regional and national sectoral use from the money
that sectors pay for electricity; users of one line of the balance share it by that money.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020.inputs import Inputs, with_rest
from recipes.yrd2020.inventory import INDUSTRY, REGIONS, users
from sam.accounts import ELECTRICITY, FUELS, HOUSEHOLDS
from sam.balancing import ras
from sam.energy import KGCE_PER_KWH, standard_coal_factors
from sam.errors import DatasetError
from sam.ranking import lowest

Array = npt.NDArray[np.float64]

GROUPS: dict[str, tuple[str, ...]] = {
    "agriculture": ("AGR",),
    "construction": ("CON",),
    "transport": ("TRN",),
    "trade": ("TRD", "HOT"),
    "services": ("INF", "FIN", "REA", "BUS", "SCI", "ENV", "EDU", "HEA", "PUB"),
    "RUR": ("RUR",),
    "URB": ("URB",),
}
"""Users by the lines of the energy balance, industry apart."""

_BALANCE_LINES = {
    "agriculture": "Agriculture",
    "industry": "Industry",
    "construction": "Construction",
    "transport": "Transportation, Telecommunications, Postal",
    "trade": "Wholesale, Retail Trade, and Catering Service",
    "services": "Other",
    "URB": "Residential consumption - Urban",
    "RUR": "Residential consumption - Rural",
    "losses": "Losses",
}


def burnt(fuel: Array, factors: Array, bought_as: Array) -> Array:
    """Fuel burnt, Mtce (region, user, model fuel).

    Arguments:
        fuel: CO2, Mt (region, user, inventory fuel).
        factors: t CO2 per tce (inventory fuel).
        bought_as: model fuel of each inventory fuel (user, inventory fuel, model fuel).
    """
    return np.asarray(np.einsum("rui,uif->ruf", fuel / factors, bought_as))


def burnt_value(fuel: Array, factors: Array, bought_as: Array, prices: Array) -> Array:
    """Value of the fuel burnt, 1e8 CNY (region, user, model fuel); prices in CNY per tce."""
    value = fuel / factors * prices / 100.0  # Mtce times CNY per tce is 1e6 CNY
    return np.asarray(np.einsum("rui,uif->ruf", value, bought_as))


def price_table(table: pd.DataFrame, items: tuple[str, ...]) -> Array:
    """Prices (user, fuel), CNY per tce; ``*`` is every user without a price of its own.

    Raises:
        DatasetError: a fuel has no price for some user.
    """
    names = users()
    prices = np.full((len(names), len(items)), np.nan)
    order = table.sort_values("user", key=lambda column: column != "*", kind="stable")
    for rule in order.itertuples():
        place = slice(None) if rule.user == "*" else names.index(str(rule.user))
        prices[place, items.index(str(rule.fuel))] = float(str(rule.value))
    if np.isnan(prices).any():
        u, f = np.argwhere(np.isnan(prices))[0]
        raise DatasetError(f"prices: {items[f]} has no price for {names[u]}; add it or a '*' row")
    return prices


def standard_coal(fuel: str) -> float:
    """Standard coal per physical unit of a fuel, Mtce per Mt or bcm."""
    return float(standard_coal_factors()["mtce"][fuel])


def feedstock(balance: pd.DataFrame, table: pd.DataFrame, inputs: Inputs) -> Array:
    """Fuel bought and not burnt but natural gas for distribution, Mtce (region, user, model fuel).

    Arguments:
        balance: balance extract, (fuel, process) by province, Mtce.
        table: assumed feedstock (columns ``region, user, fuel, value``), Mtce.
        inputs: refinery throughput and coke output.
    """
    names = users()
    result = np.zeros((len(REGIONS), len(names), len(FUELS)))
    for rule in table.itertuples():
        place = _place(str(rule.region), str(rule.user), str(rule.fuel))
        result[place] += float(str(rule.value))
    lines = {"COK": "Coking", "CHM": "Industry - NonEnergy Use", "GDT": "Gas Works"}
    for user, line in lines.items():
        amounts = np.nan_to_num(np.abs(balance_line(balance, "Total Coal", line)))
        result[:-1, names.index(user), FUELS.index("COL")] += amounts
    coking = inputs.value("coke_output") * inputs.value("coking_coal_per_coke")
    result[_place("SH", "COK", "COL")] = inputs.value("coking_coal", "SH")
    result[_place("RCN", "COK", "COL")] = (
        coking - result[:, names.index("COK"), FUELS.index("COL")].sum()
    )
    refined = inputs.with_rest("refinery_throughput", REGIONS) * standard_coal("crude oil")
    result[:, names.index("REF"), FUELS.index("OIL")] = refined
    return result


def distributed_gas(piped: Array, coal: Array, loss: float, coal_yield: float) -> Array:
    r"""Natural gas that gas supply takes in, Mtce (region).

    .. math:: T = (1 - l) (G + y C), \qquad G = T / (1 - l) - y C .

    Arguments:
        piped: gas sold by gas supply T, Mtce (region).
        coal: coal of gas works C, Mtce (region).
        loss: share of the gas that is lost.
        coal_yield: gas made per coal, both in tce.

    Raises:
        DatasetError: gas works make more than gas supply sells.
    """
    taken = piped / (1.0 - loss) - coal_yield * coal
    if (taken < 0.0).any():
        r = lowest(taken)
        raise DatasetError(
            f"gas supply of {REGIONS[r]}: gas works make {coal_yield * coal[r]:.4g} Mtce, users "
            f"burn {piped[r]:.4g}; lower the coal of gas works in feedstock.csv"
        )
    return np.asarray(taken)


def power_coal(balance: pd.DataFrame, thermal: Array) -> Array:
    """Coal of heat and power in 2020, Mtce (province): as in 2021 per thermal generation.

    Arguments:
        balance: balance extract of 2021, (fuel, process) by province, Mtce.
        thermal: thermal generation of 2020, TWh (province).
    """
    burnt = [balance_line(balance, "Total Coal", u) for u in ("Thermal Power", "Heating Supply")]
    back = thermal * KGCE_PER_KWH / balance_line(balance, "Electricity", "Thermal Power")
    return np.asarray(np.abs(burnt[0] + burnt[1]) * back)


def balance_line(balance: pd.DataFrame, fuel: str, process: str) -> Array:
    """One line of the balance extract, Mtce (province); ``NaN`` where it has no number.

    Raises:
        DatasetError: the extract has no such line.
    """
    if (fuel, process) not in balance.index:
        raise DatasetError(f"energy balance: no line {process!r} of {fuel!r}; complete the extract")
    return np.asarray(balance.loc[[(fuel, process)]].to_numpy(float)[0])


def _place(region: str, user: str, fuel: str) -> tuple[int, int, int]:
    return REGIONS.index(region), users().index(user), FUELS.index(fuel)


def use_by_group(balance: pd.DataFrame, inputs: Inputs, total: Array) -> dict[str, Array]:
    """Electricity by line of the balance, TWh (region): shares of 2021 times the use of 2020.

    Arguments:
        balance: balance extract, (fuel, process) by province.
        inputs: national shares.
        total: electricity used, TWh (region).

    Returns:
        Lines of ``GROUPS``, ``industry`` (own use of power plants included) and ``losses``.
    """
    lines = {g: balance_line(balance, "Electricity", line) for g, line in _BALANCE_LINES.items()}
    all_lines = np.sum(list(lines.values()), axis=0)  # province
    result = {}
    for group, line in lines.items():
        if group == "industry":
            continue
        own = line / all_lines * total[:-1]
        share = (
            inputs.value("line_loss") if group == "losses" else inputs.value(f"electricity_{group}")
        )
        result[group] = with_rest(f"electricity of {group}", own, share * float(total.sum()))
    result["industry"] = total - sum(result.values())
    return result


def homes_by_payment(groups: Mapping[str, Array], paid: Array) -> dict[str, Array]:
    """Electricity of rural and urban homes by what the nation's pay, TWh (region).

    What homes of a region use together stays (RAS from the lines of the balance).

    Arguments:
        groups: use by line of the balance, TWh (region).
        paid: payments of the nation's rural and urban households.
    """
    lines = np.stack([groups[name] for name in HOUSEHOLDS], axis=1)
    split = ras(lines, lines.sum(1), lines.sum() * paid / paid.sum(), tol=1e-12)
    return dict(zip(HOUSEHOLDS, split.T, strict=True))


def electricity(
    groups: Mapping[str, Array], own_use: Array, sectors: Mapping[str, float], paid: Array
) -> Array:
    """Electricity by user, TWh (region, user).

    Arguments:
        groups: use by line of the balance, TWh (region).
        own_use: own use of power plants, TWh (region); part of the line ``industry``.
        sectors: national use by industrial sector, in any unit.
        paid: purchases of electricity, 1e8 CNY (region, user).

    Raises:
        sam.errors.BalancingError: a sector or region with use pays for no electricity.
    """
    names = users()
    result = np.zeros((len(REGIONS), len(names)))
    for group, members in GROUPS.items():
        places = [names.index(member) for member in members]
        weights = paid[:, places] if len(places) > 1 else np.ones((len(REGIONS), 1))
        result[:, places] = groups[group][:, None] * weights / weights.sum(1, keepdims=True)
    places = [k for k in range(*INDUSTRY.indices(len(names))) if names[k] != ELECTRICITY]
    industry = groups["industry"] - own_use
    national = np.array([sectors[names[k]] for k in places])
    national = national * industry.sum() / national.sum()
    result[:, places] = ras(paid[:, places], industry, national)
    result[:, names.index(ELECTRICITY)] = own_use + groups["losses"]
    return result


def with_smelting(paid: Array, sector: str, share: float) -> Array:
    """Payments with a share of a sector's national electricity placed in the rest of the nation.

    Primary aluminium takes most of the electricity of non-ferrous metals and is smelted outside the
    four provinces, which payments placed by ferrous and non-ferrous metals of 2007 do not show.

    Arguments:
        paid: purchases of electricity, 1e8 CNY (region, user), the rest of the nation last.
        sector: the sector.
        share: share of its national use that is smelting.
    """
    result = paid.copy()
    place = users().index(sector)
    total = float(paid[:, place].sum())
    result[:, place] *= 1.0 - share
    result[-1, place] += share * total
    return result


def tariffs(path: Path) -> Array:
    """Price of electricity, CNY per kWh (user)."""
    table = pd.read_csv(path).assign(fuel=ELECTRICITY)
    return price_table(table, (ELECTRICITY,))[:, 0]


def feedstock_values(table: pd.DataFrame, amounts: Array) -> Array:
    """Value of feedstock, 1e8 CNY (region, user, model fuel); prices by user and fuel, CNY/tce.

    Raises:
        DatasetError: a feedstock has no price.
    """
    names = users()
    prices = np.zeros(amounts.shape[1:])
    for rule in table.itertuples():
        prices[names.index(str(rule.user)), FUELS.index(str(rule.fuel))] = float(str(rule.value))
    orphan = (amounts.sum(0) > 0.0) & (prices <= 0.0)
    if orphan.any():
        u, f = np.argwhere(orphan)[0]
        raise DatasetError(
            f"feedstock_prices.csv: no price of {FUELS[f]} for {names[u]}; add a row"
        )
    return np.asarray(amounts * prices / 100.0)
