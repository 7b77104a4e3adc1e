r"""Update to 2020: the flows nearest to the prior that meet all control totals at once.

Every activity sells what it costs, every commodity is bought as it is supplied,

.. math:: \sum_i Z_{rij} + \sum_k V_{rkj} = D_{rj} + E_{rj} + \sum_s T_{rsj} , \qquad
          D_{ri} + (1 + \tau_i) M_{ri} + \sum_s T_{sri} = \sum_j Z_{rij} + \sum_u F_{riu} ,

exactly; value added by group and foreign trade are met exactly; demand, industries of the nation,
labour, taxes and energy cells pull with a stated softness (``sam.balancing``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.accounts import HOUSEHOLDS, NATIONAL
from sam.balancing import ConstraintBuilder, balance
from sam.recipes.yrd2020.flows import LABOUR, TAX, Flows
from sam.recipes.yrd2020.fuels import ENERGY
from sam.recipes.yrd2020.totals import GROUPS, Totals

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int_]

REGIONAL_DEMAND = 0.05
NATIONAL_DEMAND = 0.01
INDUSTRY = 0.02
FACTOR = 0.01
ENERGY_CELL = 0.10
OUTPUT = 0.05
"""Softness of controls: miss scale relative to the total."""

_SMALLEST_ENERGY_CELL = 1e-9
_SMALLEST_OUTPUT = 1.0


@dataclass(frozen=True, eq=False)
class Control:
    """A total that the balanced flows should meet.

    Attributes:
        item: what it is.
        region: model region or the nation.
        parts: pairs of cell numbers and their weight.
        target: required value, 1e8 CNY.
        softness: 0 where it is met exactly, else its miss scale.
    """

    item: str
    region: str
    parts: list[tuple[Array, float]]
    target: float
    softness: float = 0.0


@dataclass(frozen=True, eq=False)
class Update:
    """Balanced flows and how near they came to the totals.

    Attributes:
        flows: balanced flows, 1e8 CNY.
        controls: columns ``item, region, target, achieved, softness``.
        steps: Newton steps taken.
        moved: mean absolute log change of cells, weighted by the prior.
    """

    flows: Flows
    controls: pd.DataFrame
    steps: int
    moved: float


def update(
    prior: Flows,
    controls: Sequence[Control],
    tariff: Array,
    regions: Sequence[str],
    sectors: Sequence[str],
) -> Update:
    """Balance all regions at once.

    Arguments:
        prior: prior flows.
        controls: totals to meet.
        tariff: duty rate on imports (commodity).
        regions: region labels.
        sectors: sector labels.

    Raises:
        BalancingError: totals contradict each other; names the worst.
    """
    cells = prior.cells
    builder = ConstraintBuilder(cells.size)
    _add_accounts(builder, prior.numbers(), tariff, regions, sectors)
    for control in controls:
        label = f"{control.item} {control.region}"
        builder.add(label, control.parts, control.target, control.softness)
    result = balance(cells, builder.build())
    table = pd.DataFrame(
        {
            "item": [control.item for control in controls],
            "region": [control.region for control in controls],
            "target": [control.target for control in controls],
            "achieved": [_sum(result.cells, control.parts) for control in controls],
            "softness": [control.softness for control in controls],
        }
    )
    alive = cells > 0.0
    moved = np.abs(np.log(result.cells[alive] / cells[alive]))
    return Update(
        prior.with_cells(result.cells),
        table,
        result.steps,
        float((moved * cells[alive]).sum() / cells[alive].sum()),
    )


def regional_controls(
    numbers: Flows,
    totals: Totals,
    tariff: Array,
    groups: Positions,
    goods: Mask,
    regions: Sequence[str],
) -> list[Control]:
    """Value added, foreign trade in goods and final demand of every region.

    Arguments:
        numbers: cell numbers in the shape of the flows.
        totals: control totals.
        tariff: duty rate on imports (commodity).
        groups: position in ``GROUPS`` of each activity.
        goods: which commodities are goods.
        regions: region labels.
    """
    controls = []
    for r, region in enumerate(regions):
        for g, group in enumerate(GROUPS):
            parts = [(numbers.value_added[r][:, groups == g], 1.0)]
            if group == "tertiary":  # import duties are counted with trade
                parts += [(numbers.imports[r, [k]], float(t)) for k, t in enumerate(tariff) if t]
            controls.append(Control(f"gdp_{group}", region, parts, float(totals.groups[r, g])))
        for name in ("exports", "imports"):
            cells, total = getattr(numbers, name)[r, goods], float(getattr(totals, name)[r])
            controls.append(Control(f"goods_{name}", region, [(cells, 1.0)], total))
        controls += _regional_demand(numbers, totals, r, region)
    return controls


def national_controls(numbers: Flows, totals: Totals, goods: Mask) -> list[Control]:
    """Foreign trade in services, final demand, labour and production tax of the nation."""
    exact = {
        "services_exports": (numbers.exports[:, ~goods], totals.services_exports),
        "services_imports": (numbers.imports[:, ~goods], totals.services_imports),
    }
    demand = {
        "household_consumption": (numbers.final[:, :, :2], float(totals.consumption.sum())),
        "government_consumption": (numbers.final[:, :, 2], float(totals.government.sum())),
        "capital_formation": (numbers.final[:, :, 3], float(totals.investment.sum())),
    }
    factors = {
        "labour": (numbers.value_added[:, LABOUR], totals.labour),
        "production_tax": (numbers.value_added[:, TAX], totals.production_tax),
    }
    return [
        Control(item, NATIONAL, [(cells, 1.0)], total, softness)
        for group, softness in ((exact, 0.0), (demand, NATIONAL_DEMAND), (factors, FACTOR))
        for item, (cells, total) in group.items()
    ]


def industry_controls(
    prior: Flows,
    numbers: Flows,
    totals: Totals,
    regions: Sequence[str],
    sectors: Sequence[str],
) -> list[Control]:
    """Industries: value added of services, output of industry as in the prior, known trade.

    Arguments:
        prior: prior flows, whose industries have the size of 2020.
        numbers: cell numbers in the shape of the flows.
        totals: control totals.
        regions: region labels.
        sectors: sector labels.
    """
    controls = []
    for sector, total in totals.industries.items():
        parts = [(numbers.value_added[:, :, sectors.index(sector)], 1.0)]
        controls.append(Control(f"industry_{sector}", NATIONAL, parts, total, INDUSTRY))
    for name in ("imports", "exports"):
        for sector, total in getattr(totals, f"commodity_{name}").items():
            parts = [(getattr(numbers, name)[:, sectors.index(sector)], 1.0)]
            controls.append(Control(f"{name}_{sector}", NATIONAL, parts, total, INDUSTRY))
    for sector in totals.revenue:
        k = sectors.index(sector)
        known = np.isfinite(totals.output_shares.get(sector, np.empty(0)))
        places = {NATIONAL: np.arange(len(regions))}
        places |= {regions[int(r)]: np.array([r]) for r in np.flatnonzero(known)}
        for region, r in places.items():
            parts = [(numbers.intermediate[r, :, k], 1.0), (numbers.value_added[r, :, k], 1.0)]
            total = float(prior.output[r, k].sum())
            controls.append(Control(f"output_{sector}", region, parts, total, OUTPUT))
    return controls


def energy_controls(
    numbers: Flows,
    bought: Array,
    output: Array,
    regions: Sequence[str],
    sectors: Sequence[str],
) -> list[Control]:
    """Purchases of energy by user, and where energy is made.

    Arguments:
        numbers: cell numbers in the shape of the flows.
        bought: purchases of energy (region, energy, user).
        output: output of the activities that make energy (region, energy).
        regions: region labels.
        sectors: sector labels.
    """
    controls = []
    users = (*sectors, *HOUSEHOLDS)
    for r, k, u in np.argwhere(bought > _SMALLEST_ENERGY_CELL):
        row = sectors.index(ENERGY[k])
        inside = u < len(sectors)
        cell = (
            numbers.intermediate[r, row, u] if inside else numbers.final[r, row, u - len(sectors)]
        )
        item = f"energy_{ENERGY[k]}_{users[u]}"
        parts = [(np.array([cell]), 1.0)]
        controls.append(Control(item, regions[r], parts, float(bought[r, k, u]), ENERGY_CELL))
    for r, k in np.argwhere(output > _SMALLEST_OUTPUT):
        j = sectors.index(ENERGY[k])
        parts = [(numbers.intermediate[r, :, j], 1.0), (numbers.value_added[r, :, j], 1.0)]
        item, total = f"output_{ENERGY[k]}", float(output[r, k])
        controls.append(Control(item, regions[r], parts, total, OUTPUT))
    return controls


def _regional_demand(numbers: Flows, totals: Totals, r: int, region: str) -> list[Control]:
    demand = {
        **{
            f"consumption_{name}": float(totals.consumption[r, h])
            for h, name in enumerate(HOUSEHOLDS)
        },
        "government_consumption": float(totals.government[r]),
        "capital_formation": float(totals.investment[r]),
    }
    return [
        Control(item, region, [(numbers.final[r, :, use], 1.0)], total, REGIONAL_DEMAND)
        for use, (item, total) in enumerate(demand.items())
    ]


def _add_accounts(
    builder: ConstraintBuilder,
    numbers: Flows,
    tariff: Array,
    regions: Sequence[str],
    sectors: Sequence[str],
) -> None:
    """Activities cost what they sell; commodities are bought as supplied."""
    for r, region in enumerate(regions):
        others = [s for s in range(len(regions)) if s != r]
        for i, sector in enumerate(sectors):
            cost = [(numbers.intermediate[r, :, i], 1.0), (numbers.value_added[r, :, i], 1.0)]
            sales = [numbers.local[r, i], numbers.exports[r, i], numbers.trade[r, others, i]]
            builder.add(
                f"activity {region} {sector}",
                [*cost, *((np.atleast_1d(cells), -1.0) for cells in sales)],
                0.0,
            )
            supply = [
                (np.atleast_1d(numbers.local[r, i]), 1.0),
                (np.atleast_1d(numbers.imports[r, i]), 1.0 + float(tariff[i])),
                (numbers.trade[others, r, i], 1.0),
            ]
            use = [numbers.intermediate[r, i], numbers.final[r, i]]
            builder.add(
                f"commodity {region} {sector}", [*supply, *((cells, -1.0) for cells in use)], 0.0
            )


def _sum(cells: Array, parts: list[tuple[Array, float]]) -> float:
    return float(sum(weight * cells[np.ravel(index)].sum() for index, weight in parts))
