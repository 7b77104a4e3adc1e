"""Control totals of 2020 as sums of flows: value added, demand, trade, industries, energy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from recipes.yrd2020.flows import LABOUR, TAX, Flows
from recipes.yrd2020.fuels import ENERGY
from recipes.yrd2020.totals import GROUPS, Totals
from sam.accounts import HOUSEHOLDS, NATIONAL

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int_]
Parts = list[tuple[Array, float]]

_SMALLEST_OUTPUT = 1.0
_FIXED, _STOCKS = 3, 4


@dataclass(frozen=True, eq=False)
class Control:
    """A total that the balanced flows should meet.

    Attributes:
        item: what it is.
        region: model region or the nation.
        parts: pairs of cell numbers and their weight.
        target: required value, 1e8 CNY.
        implied: it follows from other totals and is only reported.
    """

    item: str
    region: str
    parts: Parts
    target: float
    implied: bool = False


@dataclass(frozen=True, eq=False)
class Layout:
    """Labels and groups of the accounts.

    Attributes:
        regions: model regions, the rest of China last.
        sectors: sector codes.
        groups: position in ``GROUPS`` of each activity.
        goods: which commodities are goods (the others are services).
    """

    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    groups: Positions = field(repr=False)
    goods: Mask = field(repr=False)


def value_added_controls(
    numbers: Flows, totals: Totals, tariff: Array, layout: Layout
) -> list[Control]:
    """GDP by region and group, import duties with the tertiary; secondary industry of the nation.

    Arguments:
        numbers: cell numbers in the shape of the flows.
        totals: control totals.
        tariff: duty rate on imports (commodity).
        layout: labels and groups.
    """
    controls = []
    for r, region in enumerate(layout.regions):
        whole: Parts = []
        for g, group in enumerate(GROUPS):
            parts: Parts = [(numbers.value_added[r][:, layout.groups == g], 1.0)]
            if group == "tertiary":
                parts += _weighted(numbers.imports[r], tariff)
            total = float(totals.groups[r, g])
            controls.append(Control(f"gdp_{group}", region, parts, total))
            whole += parts
        controls.append(Control("gdp", region, whole, float(totals.gdp[r]), implied=True))
    controls += nation(controls)
    joint = [c for c in controls if c.region == NATIONAL]
    made = [c for c in joint if c.item in ("gdp_industry", "gdp_construction")]
    return [*controls, _together("gdp_secondary", NATIONAL, made)]


def trade_controls(numbers: Flows, totals: Totals, layout: Layout) -> list[Control]:
    """Foreign trade: goods by region, services of the nation, commodities of the nation."""
    controls = []
    for name in ("exports", "imports"):
        cells = getattr(numbers, name)  # region, commodity
        goods = [
            Control(f"goods_{name}", region, [(cells[r, layout.goods], 1.0)], float(total))
            for r, (region, total) in enumerate(
                zip(layout.regions, getattr(totals, name), strict=True)
            )
        ]
        services = float(getattr(totals, f"services_{name}"))
        known: Mapping[str, float] = getattr(totals, f"commodity_{name}")
        controls += [*goods, *nation(goods)]
        controls.append(
            Control(f"services_{name}", NATIONAL, [(cells[:, ~layout.goods], 1.0)], services)
        )
        controls += [
            Control(
                f"{name}_{sector}", NATIONAL, [(cells[:, layout.sectors.index(sector)], 1.0)], total
            )
            for sector, total in known.items()
        ]
    return controls


def demand_controls(numbers: Flows, totals: Totals, layout: Layout) -> list[Control]:
    """Final demand by region and of the nation."""
    controls: list[Control] = []
    fixed = totals.investment - totals.inventories
    for r, region in enumerate(layout.regions):
        targets = {
            **{
                f"consumption_{name}": totals.consumption[r, h] for h, name in enumerate(HOUSEHOLDS)
            },
            "government_consumption": totals.government[r],
            "fixed_capital": fixed[r],
            "inventories": totals.inventories[r],
        }
        own = [
            Control(item, region, [(numbers.final[r, :, use], 1.0)], float(total))
            for use, (item, total) in enumerate(targets.items())
        ]
        controls += own
        controls.append(_together("household_consumption", region, own[: len(HOUSEHOLDS)]))
        controls.append(_together("capital_formation", region, [own[_FIXED], own[_STOCKS]]))
    binding = ("household_consumption", "government_consumption", "fixed_capital", "inventories")
    return [
        *controls,
        *(
            Control(c.item, c.region, c.parts, c.target, implied=c.item not in binding)
            for c in nation(controls)
        ),
    ]


def income_controls(
    prior: Flows, numbers: Flows, totals: Totals, tariff: Array, layout: Layout
) -> list[Control]:
    """Labour and production tax, of the nation and by region, and the nation's customs duties.

    Arguments:
        prior: prior flows, whose pattern over regions is kept.
        numbers: cell numbers in the shape of the flows.
        totals: control totals.
        tariff: duty rate on imports (commodity).
        layout: labels and groups.
    """
    controls = []
    for item, k, total in (
        ("labour", LABOUR, totals.labour),
        ("production_tax", TAX, totals.production_tax),
    ):
        present = prior.value_added[:, k].sum(1)  # region
        for r, region in enumerate(layout.regions):
            target = float(present[r] * total / present.sum())
            controls.append(Control(item, region, [(numbers.value_added[r, k], 1.0)], target))
        controls.append(Control(item, NATIONAL, [(numbers.value_added[:, k], 1.0)], total))
    duties = [part for imports in numbers.imports for part in _weighted(imports, tariff)]
    return [*controls, Control("customs_duty", NATIONAL, duties, totals.duty, implied=True)]


def industry_controls(
    prior: Flows, numbers: Flows, totals: Totals, layout: Layout
) -> list[Control]:
    """Industries: value added of services of the nation, output of industry as in the prior.

    Arguments:
        prior: prior flows, whose industries have the size of 2020.
        numbers: cell numbers in the shape of the flows.
        totals: control totals.
        layout: labels and groups.
    """
    place = layout.sectors.index
    controls = [
        Control(
            f"industry_{sector}", NATIONAL, [(numbers.value_added[:, :, place(sector)], 1.0)], v
        )
        for sector, v in totals.industries.items()
    ]
    controls += [
        Control(
            f"industry_{sector}",
            layout.regions[int(r)],
            [(numbers.value_added[r, :, place(sector)], 1.0)],
            float(values[r]),
        )
        for sector, values in totals.regional_industries.items()
        for r in np.flatnonzero(np.isfinite(values))
    ]
    for sector in totals.revenue:
        k = place(sector)
        known = np.isfinite(totals.output_shares.get(sector, np.empty(0)))
        places = {NATIONAL: np.arange(len(layout.regions))}
        places |= {layout.regions[int(r)]: np.array([r]) for r in np.flatnonzero(known)}
        for region, r in places.items():
            parts: Parts = [
                (numbers.intermediate[r, :, k], 1.0),
                (numbers.value_added[r, :, k], 1.0),
            ]
            total = float(prior.output[r, k].sum())
            controls.append(Control(f"output_{sector}", region, parts, total))
    return controls


def energy_controls(numbers: Flows, bought: Array, output: Array, layout: Layout) -> list[Control]:
    """Purchases of energy by region, and where energy is made.

    Arguments:
        numbers: cell numbers in the shape of the flows.
        bought: purchases of energy (region, energy, user).
        output: output of the activities that make energy (region, energy).
        layout: labels and groups.
    """
    used, made = [], []
    for r, region in enumerate(layout.regions):
        for k, energy in enumerate(ENERGY):
            j = layout.sectors.index(energy)
            use: Parts = [(numbers.intermediate[r, j], 1.0), (numbers.final[r, j], 1.0)]
            used.append(Control(f"energy_{energy}", region, use, float(bought[r, k].sum())))
            cost: Parts = [
                (numbers.intermediate[r, :, j], 1.0),
                (numbers.value_added[r, :, j], 1.0),
            ]
            if output[r, k] > _SMALLEST_OUTPUT:
                made.append(Control(f"output_{energy}", region, cost, float(output[r, k])))
    return [*used, *nation(used), *made, *nation(made)]


def nation(controls: Sequence[Control]) -> list[Control]:
    """Sums over regions of totals with the same item."""
    items = dict.fromkeys(control.item for control in controls)
    return [
        _together(item, NATIONAL, [control for control in controls if control.item == item])
        for item in items
    ]


def _together(item: str, region: str, controls: Sequence[Control]) -> Control:
    """The sum of totals, which follows from them."""
    parts = [part for control in controls for part in control.parts]
    return Control(item, region, parts, sum(c.target for c in controls), implied=True)


def _weighted(imports: Array, tariff: Array) -> Parts:
    """Duties on the imports of one region."""
    return [(imports[[k]], float(rate)) for k, rate in enumerate(tariff) if rate]
