r"""CO2 of 2020 by region, user and fuel, from the CEADs inventories of 2019.

Seven steps; the fifth is ``nation.meet_nation``, the sixth ``gas.use_as_published``, the others
are functions below:

1. 47 rows of the inventories to model users; rest of China is the nation less the four provinces,
   floored at zero and rescaled so that the total of every fuel is kept,

   .. math:: E^{RCN}_{uf} = \max(E^{CN}_{uf} - \textstyle\sum_r E^r_{uf}, 0)\; \frac{E^{CN}_f -
             \sum_{r} E^r_f}{\sum_u \max(E^{CN}_{uf} - \sum_r E^r_{uf}, 0)} .

2. 2019 to 2020 by published growth of the activity that burns the fuel.
3. Coal of three provinces by the energy balance: heat and power, and industry. What industry
   burns beyond the other sectors of the inventory is non-metallic minerals' (cement, lime, glass).
4. Carbon counted once. Blast-furnace and converter gas is carbon of the coke and coal charged into
   furnaces: what came from coke is dropped, what came from injected coal is ferrous metals' coal.
5. Coal, coke, oil and gas of the rest of China raised to the nation's published consumption.
6. Natural gas by what the nation's power stations, chemicals, industry and cities use of it.
7. 17 fuels to the model's. Large users buy natural gas directly, all others from gas supply. What
   the national table has no payment for is burnt by the region's largest user that pays for it.

Process CO2 (``sam.energy.process_emissions``) is that of cement and that of coal and gas made into
synthesis gas by the chemical industry: the feedstock's carbon that does not end in the product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020.sources import NATIONAL_INVENTORY, PROVINCIAL_INVENTORIES
from sam.accounts import FUELS, HOUSEHOLDS
from sam.concordance import Concordance, load_concordance, load_sectors
from sam.energy import emission_factors
from sam.errors import DatasetError
from sam.ranking import lowest
from sam.ratios import ratio
from sam.readers import INVENTORY_FUELS, read_national_inventory, read_provincial_inventories

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

DATA = Path(__file__).parent / "data"
"""Folder of the recipe's physical assumptions."""

REGIONS = ("SH", "JS", "ZJ", "AH", "RCN")
"""Regions in model order; the last is what remains of the nation."""

COAL = ("Raw_Coal", "CleanedCoal", "Other_Washed_Coal", "Briquettes")
"""Inventory fuels that are coal."""

GAS_BUYERS = ("OIL", "GAS", "CHM", "ELE", "GDT")
"""Users that buy natural gas from producers and importers rather than from gas supply."""

INDUSTRY = slice(1, 27)
"""Industrial users in model order: all sectors from coal mining to water supply."""

_GAS, _BY_PRODUCT = "Natural_Gas", "Other_Gas"
_CRUDE_USERS = ("OIL", "REF")  # others buy crude oil as refined oil


def users() -> tuple[str, ...]:
    """Users of energy in model order: 40 sectors, rural and urban households."""
    return (*load_sectors()["code"], *HOUSEHOLDS)


@dataclass(frozen=True, eq=False)
class Inventory:
    """CO2 of five regions, Mt.

    Attributes:
        fuel: combustion (region, user, inventory fuel).
        process: industrial processes (region).
        provinces: combustion of the rest of the nation by its provinces' own inventories, which
            the national inventory contradicts (user, inventory fuel).
    """

    fuel: Array
    process: Array
    provinces: Array


def read_inventory(sources: Path, weights: Mapping[str, Array]) -> Inventory:
    """The inventories of 2019 by region and model user.

    Arguments:
        sources: folder of official tables.
        weights: by inventory row and region, shares of the users that share the row (see
            ``to_users``); rows that are absent keep the concordance's.

    Raises:
        sam.errors.SourceError: an inventory is missing or not in its layout.
    """
    rows = load_concordance("ceads_to_model").sources
    printed = _provincial(sources, rows)  # province, row, fuel
    nation = read_national_inventory(sources / NATIONAL_INVENTORY, rows).to_numpy()
    own = np.stack([printed[region] for region in REGIONS[:-1]])
    others = np.sum([printed[name] for name in printed if name not in REGIONS], axis=0)
    both = np.concatenate([own, rest_of_nation(nation, own)[None], others[None]])
    fuel = to_users(both[:, :, :-1], {row: _repeated(share) for row, share in weights.items()})
    return Inventory(fuel[:-1], both[:-1, :, -1].sum(1), fuel[-1])


def _provincial(sources: Path, rows: Sequence[str]) -> dict[str, Array]:
    """Printed inventories, Mt (row, column), of the four regions and, by name, other provinces."""
    table = load_concordance("provinces_to_regions").table
    keys = table["target"].where(table["target"].isin(REGIONS[:-1]), table["name"])
    names = dict(zip(keys, table["name"], strict=True))
    read = read_provincial_inventories(sources / PROVINCIAL_INVENTORIES, names, rows)
    return {key: inventory.to_numpy(float) for key, inventory in read.items()}


def _repeated(share: Array) -> Array:
    """Shares (region, user), those of the rest of the nation twice."""
    return np.concatenate([share, share[-1:]])


def rest_of_nation(nation: Array, provinces: Array) -> Array:
    """The nation less provinces, floored at zero, with every column's total kept.

    Arguments:
        nation: Mt (row, column).
        provinces: Mt (province, row, column).

    Raises:
        DatasetError: provinces hold more of a column than the nation.
    """
    total = nation.sum(0) - provinces.sum((0, 1))
    if (total < -1e-6).any():
        raise DatasetError(
            f"inventories: the provinces exceed the nation by {-total.min():.4g} Mt in column "
            f"{lowest(total)}; compare the years of the two workbooks"
        )
    rest = np.maximum(nation - provinces.sum(0), 0.0)
    present = rest.sum(0)
    scale = ratio(total, present)
    return np.asarray(rest * scale)


def to_users(printed: Array, weights: Mapping[str, Array]) -> Array:
    """Map inventory rows to model users.

    Refining takes 95 % of the oil and gas and a quarter of the coal and coke of the row
    "Petroleum Processing and Coking"; coking takes the rest. Extraction burns its own product.

    Arguments:
        printed: Mt (region, inventory row, inventory fuel).
        weights: by inventory row, shares (region, user).

    Returns:
        Mt (region, user, inventory fuel).
    """
    concordance = load_concordance("ceads_to_model")
    names = users()
    result = np.zeros((len(printed), len(names), printed.shape[2]))
    for f, fuel in enumerate(INVENTORY_FUELS):
        shares = concordance.matrix(concordance.sources, names, _pair_shares(fuel))
        table = np.broadcast_to(shares, (len(printed), *shares.shape)).copy()  # region, row, user
        for row, share in weights.items():
            table[:, concordance.sources.index(row)] = share
        result[:, :, f] = np.einsum("rsu,rs->ru", table, printed[:, :, f])
    return result


def _pair_shares(fuel: str) -> dict[tuple[str, str], float]:
    solid = (
        fuel in COAL or fuel.startswith("Coke") or fuel in (_BY_PRODUCT, "Other_Coking_Products")
    )
    refining = 0.25 if solid else 0.95
    oil = {"Crude_Oil": 1.0, _GAS: 0.0}.get(fuel, 0.6)
    return {
        ("Petroleum Processing and Coking", "REF"): refining,
        ("Petroleum Processing and Coking", "COK"): 1.0 - refining,
        ("Petroleum and Natural Gas Extraction", "OIL"): oil,
        ("Petroleum and Natural Gas Extraction", "GAS"): 1.0 - oil,
    }


def growth_factors(table: pd.DataFrame, names: Sequence[str]) -> Array:
    """2020 over 2019 (region, user, inventory fuel); of several rules that fit, the last holds.

    Arguments:
        table: columns ``region, user, fuel, value``; ``*`` stands for all.
        names: users.

    Raises:
        DatasetError: a rule names an unknown region, user or fuel.
    """
    axes = (REGIONS, tuple(names), INVENTORY_FUELS)
    factors = np.full([len(labels) for labels in axes], np.nan)
    for rule in table.itertuples():
        chosen = (str(rule.region), str(rule.user), str(rule.fuel))
        for label, labels in zip(chosen, axes, strict=True):
            if label not in ("*", *labels):
                raise DatasetError(f"growth_2020.csv: unknown region, user or fuel {label!r}")
        place = tuple(
            slice(None) if label == "*" else labels.index(label)
            for label, labels in zip(chosen, axes, strict=True)
        )
        factors[place] = float(str(rule.value))
    return factors


def place_coal(fuel: Array, power: Array, industry: Array, minerals: Array) -> Array:
    """Coal of regions with an energy balance; elsewhere minerals' coal comes from power.

    Arguments:
        fuel: Mt (region, user, inventory fuel).
        power: CO2 of coal in heat and power by the balance, Mt (region); ``NaN`` where there is no
            balance.
        industry: CO2 of coal burnt by industry by the balance, Mt (region); ``NaN`` likewise.
        minerals: CO2 of coal in non-metallic minerals where there is no balance, Mt (region);
            ``NaN`` to leave the inventory.

    Raises:
        DatasetError: industry outside minerals burns more than the balance has for all.
    """
    names = users()
    coal = [INVENTORY_FUELS.index(name) for name in COAL]
    electric, mineral = names.index("ELE"), names.index("NMM")
    result = fuel.copy()
    for r in range(len(fuel)):
        present = fuel[r][:, coal].sum(1)  # user
        if np.isfinite(power[r]):
            others = present[INDUSTRY].sum() - present[electric] - present[mineral]
            wanted = {electric: float(power[r]), mineral: float(industry[r] - others)}
        elif np.isfinite(minerals[r]):
            moved = float(minerals[r] - present[mineral])
            wanted = {electric: float(present[electric] - moved), mineral: float(minerals[r])}
        else:
            continue
        for user, total in wanted.items():
            if total <= 0.0 or present[user] <= 0.0:
                raise DatasetError(
                    f"inventory: coal of {names[user]} in {REGIONS[r]} would be {total:.4g} Mt "
                    "CO2; the energy balance contradicts the inventory"
                )
            result[r, user, coal] *= total / present[user]
    return result


def count_once(fuel: Array, share: float) -> Array:
    """Drop the by-product gas of steel-making and book its coal share with ferrous metals.

    Arguments:
        fuel: Mt (region, user, inventory fuel).
        share: share of the gas's carbon that stems from coal injected into blast furnaces.
    """
    gas, coal = INVENTORY_FUELS.index(_BY_PRODUCT), INVENTORY_FUELS.index("Raw_Coal")
    result = fuel.copy()
    result[:, users().index("FER"), coal] += share * fuel[:, :, gas].sum(1)
    result[:, :, gas] = 0.0
    return result


def move_absent(values: Array, absent: pd.DataFrame) -> Array:
    """Move what sectors without output burn or buy to a sector that is there.

    Arguments:
        values: any quantity (region, user, ...).
        absent: columns ``region, sector, taken_by``.
    """
    names = users()
    result = values.copy()
    for rule in absent.itertuples():
        r, user = REGIONS.index(str(rule.region)), names.index(str(rule.sector))
        result[r, names.index(str(rule.taken_by))] += result[r, user]
        result[r, user] = 0.0
    return result


def absent_activities() -> Mask:
    """Activities that a region does not have (region, activity), as ``absent.csv`` lists them."""
    sectors = load_sectors()["code"].tolist()
    closed = np.zeros((len(REGIONS), len(sectors)), dtype=bool)
    for rule in pd.read_csv(DATA / "absent.csv").itertuples():
        closed[REGIONS.index(str(rule.region)), sectors.index(str(rule.sector))] = True
    return closed


def move_unpaid(fuel: Array, bought_as: Array, paid: Mask) -> tuple[Array, pd.DataFrame]:
    """Move what users burn without a payment in the national table to a user that pays.

    It is the user of the region that burns most of the same inventory fuel; where none does, the
    one that burns most of it in the nation.

    Arguments:
        fuel: Mt CO2 (region, user, inventory fuel).
        bought_as: model fuel of each inventory fuel (user, inventory fuel, model fuel).
        paid: whether the nation's users pay for a fuel (model fuel, user).

    Returns:
        Mt CO2 (region, user, inventory fuel), and what moved: columns ``region, user, fuel,
        taken_by, mt_co2``, by inventory fuel.

    Raises:
        DatasetError: nobody in the nation burns and pays for it.
    """
    pays = np.einsum("uif,fu->ui", bought_as, paid.astype(float)) > 0.0
    result, moved, names = fuel.copy(), [], users()
    for r, u, i in np.argwhere((fuel > 0.0) & ~pays):
        own, nation = (np.where(pays[:, i], burnt[:, i], 0.0) for burnt in (fuel[r], fuel.sum(0)))
        if not (own.any() or nation.any()):
            raise DatasetError(
                f"inventories: {names[u]} of {REGIONS[r]} burns {INVENTORY_FUELS[i]}, which the "
                "national table has no payment for by any user; map it to a fuel that is paid for"
            )
        taker = int(np.argmax(own if own.any() else nation))
        result[r, taker, i] += fuel[r, u, i]
        result[r, u, i] = 0.0
        amount = float(fuel[r, u, i])
        moved.append((REGIONS[r], names[u], INVENTORY_FUELS[i], names[taker], amount))
    return result, pd.DataFrame(moved, columns=["region", "user", "fuel", "taken_by", "mt_co2"])


def model_fuels(concordance: Concordance) -> Array:
    """The model fuel that an inventory fuel is bought as: 0 or 1 (user, inventory, model fuel)."""
    names = users()
    base = concordance.matrix(INVENTORY_FUELS, FUELS)  # inventory fuel, model fuel
    result = np.broadcast_to(base, (len(names), *base.shape)).copy()
    swaps = ((_GAS, "GAS", "GDT", GAS_BUYERS), ("Crude_Oil", "OIL", "REF", _CRUDE_USERS))
    for inventory_fuel, direct, supplied, buyers in swaps:
        other = [u for u, name in enumerate(names) if name not in buyers]
        f = INVENTORY_FUELS.index(inventory_fuel)
        result[other, f, FUELS.index(direct)] = 0.0
        result[other, f, FUELS.index(supplied)] = 1.0
    return result


def carbon_factors() -> Array:
    """CO2 per energy burnt by inventory fuel, t/tce."""
    table = emission_factors()["t_per_tce"]
    return np.asarray(table.loc[list(INVENTORY_FUELS)], dtype=np.float64)


def without_dust(fuel: Array, bought_as: Array, floor: float = 5e-4) -> Array:
    """Drop cells whose purchase would carry less than ``floor`` Mt, keeping the totals by fuel."""
    bought = np.einsum("rui,uif->ruf", fuel, bought_as)  # region, user, model fuel
    small = np.einsum("ruf,uif->rui", (bought < floor).astype(float), bought_as) > 0.0
    kept = np.where(small, 0.0, fuel)
    before, after = fuel.sum(1), kept.sum(1)  # region, inventory fuel
    lost = (after <= 0.0) & (before > 0.0)
    scale = ratio(before, after, 1.0)
    result = np.asarray(kept * scale[:, None, :])
    return np.where(lost[:, None, :], fuel, result)
