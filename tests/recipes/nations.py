"""Made-up nations of the 40 sectors, and regions that add up to them, balanced by construction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from recipes.yrd2020.flows import GOVERNMENT, STOCKS, Flows
from recipes.yrd2020.fuels import ENERGY
from recipes.yrd2020.official import Official
from recipes.yrd2020.totals import GROUPS, Totals, goods_of, group_of
from sam.accounts import HOUSEHOLDS
from sam.comparison import COMPONENTS, EXPORTS, IMPORTS, USES
from sam.concordance import load_sectors

Array = npt.NDArray[np.float64]
Cells = Mapping[tuple[str, str], float]

SECTORS = tuple(load_sectors()["code"])
USERS = (*SECTORS, *HOUSEHOLDS)
REGIONS = ("SH", "JS", "RCN")
"""Two provinces and the rest of the nation."""

FARM_SERVICES = 0.05
DUTY = np.where(np.isin(SECTORS, ("OIL", "GAS", "MMO")) | ~goods_of(SECTORS), 0.0, 0.03)
"""Tariff of the made-up regions (commodity)."""


def at(*names: str) -> list[int]:
    """Positions of sectors."""
    return [SECTORS.index(name) for name in names]


def table_of(cells: Cells) -> Official:
    """A table with these cells and zeros elsewhere, balanced or not."""
    rows, columns = (*SECTORS, *COMPONENTS), (*SECTORS, *USES, EXPORTS, IMPORTS)
    values = np.zeros((len(rows), len(columns)))
    for (row, column), value in cells.items():
        values[rows.index(row), columns.index(column)] = value
    count = len(SECTORS)
    return Official(
        sectors=SECTORS,
        intermediate=values[:count, :count],
        value_added=values[count:, :count],
        final=values[:count, count:-2],
        exports=values[:count, -2],
        imports=values[:count, -1],
    )


def quantities(cells: Cells) -> Array:
    """Quantity of energy times price with these cells (energy, user)."""
    values = np.zeros((len(ENERGY), len(USERS)))
    for (energy, user), value in cells.items():
        values[ENERGY.index(energy), USERS.index(user)] = value
    return values


def regions(seed: int, count: int = len(REGIONS), tariff: Array | None = None) -> Flows:
    """Balanced flows: local sales take up what trade leaves, final demand what activities leave.

    Arguments:
        seed: the same seed gives the same flows.
        count: number of regions.
        tariff: duty over imports (commodity), none if omitted.
    """
    rng, size = np.random.default_rng(seed), len(SECTORS)
    duty = np.zeros(size) if tariff is None else tariff
    intermediate = rng.gamma(0.4, 1.0, (count, size, size)) + 1e-2
    value_added = rng.uniform(10.0, 40.0, (count, 3, size))
    output = intermediate.sum(1) + value_added.sum(1)
    exports, imports = rng.uniform(0.02, 0.1, (2, *output.shape)) * output
    trade = rng.uniform(0.02, 0.1, (count, count, size)) * output[:, None]
    trade[np.arange(count), np.arange(count)] = 0.0
    local = output - exports - trade.sum(1)
    left = local + (1.0 + duty) * imports + trade.sum(0) - intermediate.sum(2)
    assert (left > 0.0).all()
    final = left[:, :, None] * rng.dirichlet(np.ones(len(USES)), (count, size))
    return Flows(intermediate, value_added, final, exports, imports, trade, local)


def nation(flows: Flows) -> Official:
    """What regions add up to."""
    return Official(
        sectors=SECTORS,
        intermediate=flows.intermediate.sum(0),
        value_added=flows.value_added.sum(0),
        final=flows.final.sum(0),
        exports=flows.exports.sum(0),
        imports=flows.imports.sum(0),
    )


def bought(flows: Flows) -> Array:
    """What users pay for energy (region, energy, user)."""
    rows = at(*ENERGY)
    homes = flows.final[:, rows, : len(HOUSEHOLDS)]
    return np.concatenate([flows.intermediate[:, rows], homes], axis=2)


def totals(flows: Flows, tariff: Array, **known: dict[str, Array]) -> Totals:
    """Control totals that these flows meet."""
    group, goods = group_of(SECTORS), goods_of(SECTORS)
    made = flows.value_added.sum(1) + tariff * flows.imports  # region, activity
    return Totals(
        groups=np.stack([made[:, group == g].sum(1) for g in range(len(GROUPS))], axis=1),
        farm_services=FARM_SERVICES,
        exports=flows.exports[:, goods].sum(1),
        imports=flows.imports[:, goods].sum(1),
        final=flows.final[:, :, :STOCKS].sum(1),
        services=known.get("services", {}),
        output_shares=known.get("output_shares", {}),
        saving_rate=np.full((len(made), GOVERNMENT), 0.3),
    )


def balance_of(flows: Flows, tariff: Array) -> Sequence[Array]:
    """Sales less costs of activities, supply less use of commodities (region, sector)."""
    sales = flows.local + flows.exports + flows.trade.sum(1)
    supply = flows.local + (1.0 + tariff) * flows.imports + flows.trade.sum(0)
    return sales - flows.output, supply - flows.intermediate.sum(2) - flows.final.sum(2)
