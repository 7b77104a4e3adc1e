"""CO2 of fuel burnt in 2020: the steps of ``inventory`` and ``nation`` in order, with their totals.

From the inventories of 2019 by growth, the energy balance, carbon counted once, the nation's
published energy consumption and the uses of its gas.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020 import agreement, energy, gas, inventory, nation
from recipes.yrd2020.inputs import Inputs
from recipes.yrd2020.inventory import DATA
from recipes.yrd2020.tables import Tables, paid_by_region
from sam.accounts import FUELS
from sam.concordance import load_concordance
from sam.readers import INVENTORY_FUELS

Array = npt.NDArray[np.float64]

PRINTED = "combustion 2019 as inventoried"
PLACED = "combustion 2020 with coal by the energy balance"
ONCE = "combustion 2020 with by-product gas counted once"
MET = "combustion 2020 with the nation's energy consumption"
USED = "combustion 2020 with gas by its uses"
"""Steps that others look at; all are listed in ``Carbon.steps``."""

_SHARED_ROWS = {
    "Wholesale, Retail Trade and Catering Services": energy.GROUPS["trade"],
    "Others": energy.GROUPS["services"],
}


@dataclass(frozen=True, eq=False)
class Carbon:
    """CO2 of 2020 and how it is bought.

    Attributes:
        fuel: CO2, Mt (region, user, inventory fuel).
        bought_as: model fuel of each inventory fuel, 0 or 1 (user, inventory fuel, model fuel).
        factors: t CO2 per tce (inventory fuel).
        steps: CO2 after each step from the inventory, Mt (region, user, inventory fuel).
        blends: how the rest of the nation was made of two inventories, by fuel.
        moved: emissions that were given to a user that pays for the fuel, as ``move_unpaid`` lists
            them.
    """

    fuel: Array
    bought_as: Array
    factors: Array
    steps: dict[str, Array]
    blends: dict[str, nation.Blend]
    moved: pd.DataFrame

    def co2(self) -> Array:
        """CO2 by the fuel bought, Mt (region, user, model fuel)."""
        return np.asarray(np.einsum("rui,uif->ruf", self.fuel, self.bought_as))

    def burnt(self) -> Array:
        """Fuel burnt, Mtce (region, user, model fuel)."""
        return energy.burnt(self.fuel, self.factors, self.bought_as)

    def injected_coal(self) -> Array:
        """Coal injected into blast furnaces that inventories book as by-product gas (region)."""
        coal = nation.positions(inventory.COAL)
        added = (self.steps[ONCE] - self.steps[PLACED])[:, :, coal].sum(1)
        return np.asarray((added / self.factors[coal]).sum(1))


def combustion(tables: Tables) -> Carbon:
    """CO2 of fuel burnt in 2020.

    Raises:
        sam.errors.SourceError: an inventory is missing or not in its layout.
        sam.errors.DatasetError: inventories, balance and national totals contradict each other.
    """
    bought_as = inventory.model_fuels(load_concordance("ceads_fuels_to_model"))
    factors = inventory.carbon_factors()
    read = inventory.read_inventory(tables.sources, _weights(tables))
    agreement.check_emissions(
        tables.sources, tables.facts, read.fuel[:-1].sum((1, 2)) + read.process[:-1]
    )
    growth = inventory.growth_factors(pd.read_csv(DATA / "growth_2020.csv"), inventory.users())
    grown = read.fuel * growth
    coal = float(factors[INVENTORY_FUELS.index("Raw_Coal")])
    power, industry, minerals = _coal_controls(tables)
    placed = inventory.place_coal(grown, power * coal, industry * coal, minerals * coal)
    share = tables.inputs.value("by_product_gas_share")
    once = inventory.count_once(placed, share)
    other = _provinces_of_the_rest(read, growth, share)
    unburnt = energy.feedstock(tables.balance, pd.read_csv(DATA / "feedstock.csv"), tables.inputs)
    taken = _taken_in(tables.inputs, bought_as)
    met, blends = _meet_nation(tables.inputs, once, other, factors, taken, unburnt)
    used = _use_gas(tables.inputs, met, factors, taken, unburnt)
    present = inventory.move_absent(used, pd.read_csv(DATA / "absent.csv"))
    paying, moved = inventory.move_unpaid(present, bought_as, tables.paid[: len(FUELS)] > 0.0)
    steps = {
        PRINTED: read.fuel,
        "combustion 2020 by growth": grown,
        PLACED: placed,
        ONCE: once,
        MET: met,
        USED: used,
    }
    kept = inventory.without_dust(paying, bought_as)
    return Carbon(kept, bought_as, factors, steps, blends, moved)


def _weights(tables: Tables) -> dict[str, Array]:
    """Inventory rows shared by several users: by what they pay for refined oil."""
    paid = paid_by_region(tables, "REF")
    weights = {}
    for row, members in _SHARED_ROWS.items():
        places = [inventory.users().index(member) for member in members]
        share = np.zeros_like(paid)
        share[:, places] = paid[:, places] / paid[:, places].sum(1, keepdims=True)
        weights[row] = share  # region, user
    return weights


def _coal_controls(tables: Tables) -> tuple[Array, Array, Array]:
    """Coal of heat and power, of industry, and of minerals, Mtce (region).

    Heat and power follow thermal generation from the balance of 2021 back to 2020; industry keeps
    its level of 2021. Where there is no balance, minerals burn a stated amount per ton of cement.
    """
    power = energy.power_coal(tables.balance, tables.fact("Thermal generation"))
    line = energy.balance_line
    feedstock = line(tables.balance, "Total Coal", "Industry - NonEnergy Use")
    industry = line(tables.balance, "Total Coal", "Industry") - feedstock
    stated = tables.fact("Cement output 2020") * tables.inputs.value("mineral_coal", "SH")
    minerals = np.where(np.isfinite(power), np.nan, stated)
    return np.append(power, np.nan), np.append(industry, np.nan), np.append(minerals, np.nan)


def _provinces_of_the_rest(read: inventory.Inventory, growth: Array, share: float) -> Array:
    """CO2 of the rest by its provinces' inventories, by-product gas as in the nation's."""
    gas = INVENTORY_FUELS.index("Other_Gas")
    other = read.provinces * growth[-1]
    other[:, gas] = read.fuel[-1, :, gas] * growth[-1, :, gas]
    return np.asarray(inventory.count_once(other[None], share)[0])


def _taken_in(inputs: Inputs, bought_as: Array) -> Array:
    """What is taken in per fuel burnt: piped gas with what pipes lose (user, inventory fuel)."""
    per_burnt = np.ones((len(inventory.users()), len(INVENTORY_FUELS)))
    piped = bought_as[:, :, FUELS.index("GDT")] > 0.0
    per_burnt[piped] = 1.0 / (1.0 - inputs.value("gas_supply_loss"))
    return per_burnt


def _meet_nation(
    inputs: Inputs, fuel: Array, other: Array, factors: Array, taken: Array, kept: Array
) -> tuple[Array, dict[str, nation.Blend]]:
    """Raise the rest of the nation to what the nation consumes."""
    totals = burnt_totals(inputs, kept.sum(0))
    own = (fuel[:-1] / factors * taken).sum(0)  # user, inventory fuel
    targets = {
        group: total - float(own[:, nation.positions(nation.GROUPS[group])].sum())
        for group, total in totals.items()
    }
    rest, blends = nation.meet_nation(fuel[-1], other, factors, taken, targets)
    return np.concatenate([fuel[:-1], rest[None]]), blends


def _use_gas(inputs: Inputs, fuel: Array, factors: Array, taken: Array, kept: Array) -> Array:
    """Natural gas by the nation's published uses; what a region takes in stays."""
    natural = INVENTORY_FUELS.index("Natural_Gas")
    burnt = fuel[:, :, natural] / factors[natural] * taken[:, natural]  # region, user
    feedstock = kept[:, inventory.users().index("CHM"), FUELS.index("GAS")]
    totals = gas.gas_totals(inputs, kept.sum(0))
    result = fuel.copy()
    result[:, :, natural] *= gas.use_as_published(burnt, feedstock, totals)
    return result


def burnt_totals(inputs: Inputs, kept: Array) -> dict[str, float]:
    """What the nation burns of each fuel by its published consumption, Mtce.

    Consumption less feedstock and non-energy use; of oil also less what refining loses; gas with
    what pipes lose and less what gas works make of coal.

    Arguments:
        inputs: published consumption and yields.
        kept: feedstock and non-energy use of the nation but gas distributed, Mtce (user, fuel).
    """
    total = inputs.value("energy_consumption")
    used = dict(zip(FUELS, kept.sum(0), strict=True))
    gas_works = float(kept[inventory.users().index("GDT"), FUELS.index("COL")])
    lost = used["OIL"] * (1.0 - inputs.value("refining_yield"))
    coke = inputs.value("coke_output") + inputs.value("coke_imports") - inputs.value("coke_exports")
    return {
        "coal": total * inputs.value("energy_share_coal") - used["COL"],
        "coke": coke * energy.standard_coal("coke") - used["COK"],
        "oil": total * inputs.value("energy_share_oil") - lost - used["REF"],
        "gas": total * inputs.value("energy_share_gas")
        - used["GAS"]
        + gas_works * inputs.value("gas_works_yield"),
    }
