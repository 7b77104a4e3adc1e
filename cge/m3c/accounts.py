r"""What an equilibrium of M3C says about the economy: real accounts, emissions, prices, welfare.

Real quantities are at base-year prices. GDP by expenditure of region r, with regional inflow
:math:`T_{qr}` from q,

.. math:: GDP_r = C_r + G_r + I_r + X_r - M_r + \sum_q (T_{rq} - T_{qr}) .

Welfare of a household is its real discretionary expenditure :math:`(m - p\gamma) / P`, and the
equivalent variation at the prices of a reference equilibrium 0 is

.. math:: EV = P^0 \Bigl( \frac{m - p\gamma}{P} - \frac{m^0 - p^0\gamma}{P^0} \Bigr)

for equal committed quantities (Stone-Geary).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from calibration.abatement import OPTIONS
from cge.equilibrium import State
from cge.m3c.economy import YUAN_PER_TON, Economy

Array = Any


def real_gdp(economy: Economy, state: State) -> Array:
    """GDP by expenditure at base-year prices, 1e8 CNY (region)."""
    inflow = state.quantity(economy.armington, "inflow")  # region, good, origin
    abroad = state.quantity(economy.production, "export").sum(1)
    abroad = abroad - state.quantity(economy.armington, "import").sum(1)
    regional = inflow.sum((0, 1)) - inflow.sum((1, 2))
    demand = consumption(economy, state) + government(economy, state) + investment(economy, state)
    return demand + abroad + regional


def consumption(economy: Economy, state: State) -> Array:
    """Household consumption at base-year prices, 1e8 CNY (region)."""
    goods = state.quantity(economy.household, "goods").sum((1, 2))
    return goods + state.quantity(economy.household, "fuel").sum((1, 2))


def government(economy: Economy, state: State) -> Array:
    """Government consumption at base-year prices, 1e8 CNY (region)."""
    return state.quantity(economy.government, "goods").sum(1)


def investment(economy: Economy, state: State) -> Array:
    """Capital formation at base-year prices, 1e8 CNY (region)."""
    return state.quantity(economy.investment, "goods").sum(1)


def welfare(economy: Economy, state: State) -> tuple[Array, Array]:
    """Real discretionary expenditure of households and its price index (region, household)."""
    flow = next(f for f in state.flows if f.owner is economy.household)
    index = state.axes.xp.exp(flow.unit.log_price[flow.tree.root])
    return state.income[economy.household] / index, index


def generated(economy: Economy, state: State) -> dict[str, Array]:
    """CO2 before capture, Mt: ``co2_fuel, co2_power, co2_household, co2_process``."""
    return {
        "co2_fuel": state.quantity(economy.production, "fuel_permit").sum(-1).swapaxes(1, 2),
        "co2_power": state.quantity(economy.technology, "fuel_permit").sum((2, 3)),
        "co2_household": state.quantity(economy.household, "fuel_permit").sum((1, 3)),
        "co2_process": state.quantity(economy.production, "process_permit").sum(-1),
    }


def large_plants(economy: Economy, sources: dict[str, Array]) -> Array:
    """CO2 of power and of the sectors with large plants, Mt (region)."""
    large = _is_large(economy)
    fuel = (sources["co2_fuel"] * large).sum((1, 2))
    return fuel + (sources["co2_process"] * large).sum(1) + sources["co2_power"].sum(1)


def _is_large(economy: Economy) -> Array:
    b = economy.benchmark
    return np.array([float(sector in b.large_plants) for sector in b.sectors])


def emissions(economy: Economy, state: State) -> dict[str, Array]:
    """Direct CO2 by source after capture, Mt; capture takes the same share of all large plants."""
    sources = generated(economy, state)
    captured = state.activity_level(economy.removing)[:, OPTIONS.index("capture")]
    share = 1.0 - captured / np.maximum(large_plants(economy, sources), 1e-300)  # region
    large = _is_large(economy)
    left = 1.0 - large + large * share[:, None]  # region, sector
    return {
        **sources,
        "co2_fuel": sources["co2_fuel"] * left[:, None],
        "co2_power": sources["co2_power"] * share[:, None],
        "co2_process": sources["co2_process"] * left,
    }


def ceiling_permits(economy: Economy, state: State, members: Array, direct: Array) -> Array:
    """Permits bought at the price ceiling, Mt, shared out by direct emissions (region)."""
    shares = members * direct[:, None]
    shares = shares / np.maximum(shares.sum(0), 1e-300)
    return shares @ state.activity_level(economy.valve)


def carbon_price(economy: Economy, state: State, members: Array) -> Array:
    """Carbon price in yuan per ton of the base year (region)."""
    return YUAN_PER_TON * members @ state.price(economy.permits)


def electricity(economy: Economy, state: State) -> Array:
    """Electricity bought by all users, the sector's own use included, 1e8 CNY (region)."""
    place = economy.benchmark.electricity_place
    return state.quantity(economy.armington, "composite")[:, place]


def electricity_inflow(economy: Economy, state: State) -> Array:
    """Electricity bought from other regions, at base-year prices, 1e8 CNY (region, origin)."""
    place = economy.benchmark.electricity_place
    return state.quantity(economy.armington, "inflow")[:, place]


def generation(economy: Economy, state: State) -> Array:
    """Electricity made, TWh (region, technology): base-year TWh times the level of each."""
    return economy.benchmark.power.twh * state.activity_level(economy.technology)


def record(economy: Economy, state: State, members: Array) -> dict[str, Array]:
    """All reported quantities of one year that follow from the equilibrium itself."""
    b, by_source = economy.benchmark, emissions(economy, state)
    direct = sum(by_source[k].reshape(len(b.regions), -1).sum(1) for k in by_source)
    removed, captured = np.moveaxis(state.activity_level(economy.removing), 1, 0)
    real, index = welfare(economy, state)
    output = state.quantity(economy.production, "domestic")
    return {
        "gdp_real": real_gdp(economy, state),
        "consumption": consumption(economy, state),
        "government": government(economy, state),
        "investment": investment(economy, state),
        "exports": state.quantity(economy.production, "export").sum(1),
        "imports": state.quantity(economy.armington, "import").sum(1),
        **by_source,
        "co2_direct": direct,
        "removal": removed,
        "captured": captured,
        "capturable": large_plants(economy, generated(economy, state)),
        "offsets": ceiling_permits(economy, state, members, direct),
        "co2_net": direct - removed,
        "carbon_price": carbon_price(economy, state, members),
        "output": output + state.quantity(economy.production, "export"),
        "generation_twh": generation(economy, state),
        "electricity_use": electricity(economy, state),
        "electricity_inflow": electricity_inflow(economy, state),
        "wage": state.price(economy.labour),
        "return_to_capital": state.price(economy.capital),
        "exchange_rate": state.price(economy.exchange),
        "discretionary": real,
        "living_cost": index,
    }
