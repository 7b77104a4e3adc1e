"""Control totals as sums of flows: every cell of the nation, and totals of provinces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recipes.yrd2020.flows import CAPITAL, GOVERNMENT, LABOUR, RURAL, STOCKS, TAX, URBAN, Flows
from recipes.yrd2020.fuels import ENERGY
from recipes.yrd2020.official import Official
from recipes.yrd2020.totals import GROUPS, Totals, goods_of, group_of
from sam.accounts import COMPONENTS, EXPORTS, IMPORTS, NATIONAL, USES
from sam.balancing import ConstraintBuilder

Array = npt.NDArray[np.float64]
Parts = list[tuple[Array, float]]

_SMALLEST_OUTPUT = 1.0


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
class Frame:
    """What all control totals are written over.

    Attributes:
        numbers: cell numbers in the shape of the flows.
        nation: what the regions add up to.
        totals: control totals.
        tariff: duty rate on imports (commodity).
        regions: model regions, the rest of China last.
    """

    numbers: Flows
    nation: Official
    totals: Totals
    tariff: Array
    regions: tuple[str, ...]

    @property
    def sectors(self) -> tuple[str, ...]:
        """Sector codes."""
        return self.nation.sectors

    @property
    def provinces(self) -> list[tuple[int, str]]:
        """Regions with totals of their own: all but the rest of China."""
        return list(enumerate(self.regions[:-1]))


def add_nation(builder: ConstraintBuilder, numbers: Flows, nation: Official) -> None:
    """Every cell of the national table is the sum of the regions' cells."""
    sectors = nation.sectors
    blocks = (
        (sectors, sectors, numbers.intermediate, nation.intermediate),
        (COMPONENTS, sectors, numbers.value_added, nation.value_added),
        (sectors, USES, numbers.final, nation.final),
        (sectors, (EXPORTS,), numbers.exports[..., None], nation.exports[:, None]),
        (sectors, (IMPORTS,), numbers.imports[..., None], nation.imports[:, None]),
    )
    for rows, columns, cells, values in blocks:
        for i, j in np.argwhere(values != 0.0):
            label = f"{rows[i]} to {columns[j]} of the nation"
            builder.add(label, [(cells[:, i, j], 1.0)], float(values[i, j]))


def controls_of(frame: Frame, prior: Flows) -> list[Control]:
    """All totals beside the cells of the nation.

    Arguments:
        frame: what they are written over.
        prior: prior flows, whose energy follows quantities.
    """
    parts = (
        _value_added(frame),
        _trade(frame),
        _demand(frame),
        _services(frame),
        _outputs(frame),
        _energy(frame, prior),
    )
    own = [control for part in parts for control in part]
    return [*own, *_rest(frame, own), *_nation(frame)]


def _value_added(frame: Frame) -> Iterator[Control]:
    """GDP of provinces, and by group, duties on the goods of the group included."""
    group = group_of(frame.sectors)
    farms = frame.totals.farm_services
    for r, region in frame.provinces:
        whole: Parts = []
        by_group = [_made(frame, r, group == g) for g in range(len(GROUPS))]
        shares = [[(0, 1.0 - farms)], [(1, 1.0)], [(2, 1.0)], [(3, 1.0), (0, farms)]]
        targets = frame.totals.groups[r]
        for name, mixture in zip(GROUPS, shares, strict=True):
            parts = [(cells, w * share) for g, share in mixture for cells, w in by_group[g]]
            target = float(sum(share * targets[g] for g, share in mixture))
            yield Control(f"gdp_{name}", region, parts, target)
            whole += parts
        yield Control("gdp", region, whole, float(targets.sum()), implied=True)


def _made(frame: Frame, r: int, members: npt.NDArray[np.bool_]) -> Parts:
    """Value added of activities of a region and duties on what it imports of the same goods."""
    numbers = frame.numbers
    duties = [
        (numbers.imports[[r], k], float(frame.tariff[k]))
        for k in np.flatnonzero(members & (frame.tariff > 0.0))
    ]
    return [(numbers.value_added[r][:, members], 1.0), *duties]


def _trade(frame: Frame) -> Iterator[Control]:
    """Foreign trade in goods of provinces."""
    goods = goods_of(frame.sectors)
    for name in ("exports", "imports"):
        cells, targets = getattr(frame.numbers, name), getattr(frame.totals, name)
        for r, region in frame.provinces:
            yield Control(f"goods_{name}", region, [(cells[r, goods], 1.0)], float(targets[r]))


_USES = {
    "consumption_RUR": RURAL,
    "consumption_URB": URBAN,
    "government_consumption": GOVERNMENT,
    "fixed_capital": GOVERNMENT + 1,
}


def _demand(frame: Frame) -> Iterator[Control]:
    """Final demand of provinces but stocks."""
    for r, region in frame.provinces:
        own = [
            Control(
                item,
                region,
                [(frame.numbers.final[r, :, use], 1.0)],
                float(frame.totals.final[r, use]),
            )
            for item, use in _USES.items()
        ]
        yield from own
        yield _together("household_consumption", region, own[:2])


def _services(frame: Frame) -> Iterator[Control]:
    """Value added of service industries of provinces that print it."""
    for sector, values in frame.totals.services.items():
        k = frame.sectors.index(sector)
        for r, region in frame.provinces:
            if np.isfinite(values[r]):
                cells = frame.numbers.value_added[r, :, k]
                yield Control(f"industry_{sector}", region, [(cells, 1.0)], float(values[r]))


def _outputs(frame: Frame) -> Iterator[Control]:
    """Output of industries whose share in the nation is known."""
    output = frame.nation.output
    for sector, shares in frame.totals.output_shares.items():
        k = frame.sectors.index(sector)
        for r, region in frame.provinces:
            if np.isfinite(shares[r]):
                target = float(shares[r] * output[k])
                yield Control(f"output_{sector}", region, _cost(frame, r, k), target)


def _energy(frame: Frame, prior: Flows) -> Iterator[Control]:
    """Purchases of energy of provinces, and the output of those who make it there."""
    for r, region in frame.provinces:
        for name in ENERGY:
            k = frame.sectors.index(name)
            use: Parts = [
                (frame.numbers.intermediate[r, k], 1.0),
                (frame.numbers.final[r, k, : URBAN + 1], 1.0),
            ]
            bought = prior.intermediate[r, k].sum() + prior.final[r, k, : URBAN + 1].sum()
            yield Control(f"energy_{name}", region, use, float(bought))
            output = float(prior.output[r, k])
            if output > _SMALLEST_OUTPUT:
                yield Control(f"output_{name}", region, _cost(frame, r, k), output)


def _cost(frame: Frame, r: int, k: int) -> Parts:
    numbers = frame.numbers
    return [(numbers.intermediate[r, :, k], 1.0), (numbers.value_added[r, :, k], 1.0)]


_LEFT = (
    "gdp",
    *(f"gdp_{name}" for name in GROUPS),
    "goods_exports",
    "goods_imports",
    "household_consumption",
    "government_consumption",
    "fixed_capital",
)
"""Totals of the rest of China that are reported."""


def _rest(frame: Frame, own: Sequence[Control]) -> Iterator[Control]:
    """The rest of China: what the provinces leave of the same total of the nation."""
    found = _aggregates(frame, [len(frame.regions) - 1])
    for item in _LEFT:
        parts, nation = found[item]
        known = sum(control.target for control in own if control.item == item)
        yield Control(item, frame.regions[-1], parts, nation - known, implied=True)


def _nation(frame: Frame) -> Iterator[Control]:
    """Totals of the nation, which are those of the official table and its departures."""
    everywhere = list(range(len(frame.regions)))
    for item, (parts, total) in _aggregates(frame, everywhere).items():
        yield Control(item, NATIONAL, parts, total, implied=True)


def _aggregates(frame: Frame, regions: Sequence[int]) -> dict[str, tuple[Parts, float]]:
    """Main totals summed over regions, and what the nation has of each."""
    numbers, nation, tariff = frame.numbers, frame.nation, frame.tariff
    group, goods, farms = (
        group_of(frame.sectors),
        goods_of(frame.sectors),
        frame.totals.farm_services,
    )
    duty = tariff * nation.imports
    value = [float((nation.made + duty)[group == g].sum()) for g in range(len(GROUPS))]
    made = [
        [part for r in regions for part in _made(frame, r, group == g)] for g in range(len(GROUPS))
    ]
    farmed = [(cells, w * farms) for cells, w in made[0]]
    made = [
        [(cells, w * (1.0 - farms)) for cells, w in made[0]],
        made[1],
        made[2],
        made[3] + farmed,
    ]
    value = [value[0] * (1.0 - farms), value[1], value[2], value[3] + value[0] * farms]
    found: dict[str, tuple[Parts, float]] = {
        "gdp": ([part for parts in made for part in parts], sum(value))
    }
    found |= {f"gdp_{name}": (made[g], value[g]) for g, name in enumerate(GROUPS)}
    found["gdp_secondary"] = (made[1] + made[2], value[1] + value[2])
    for side in ("exports", "imports"):
        cells, total = getattr(numbers, side)[regions], getattr(nation, side)
        found[f"goods_{side}"] = [(cells[:, goods], 1.0)], float(total[goods].sum())
        found[f"services_{side}"] = [(cells[:, ~goods], 1.0)], float(total[~goods].sum())
    uses = {
        "consumption_RUR": [RURAL],
        "consumption_URB": [URBAN],
        "household_consumption": [RURAL, URBAN],
        "government_consumption": [GOVERNMENT],
        "fixed_capital": [GOVERNMENT + 1],
        "inventories": [STOCKS],
    }
    for item, use in uses.items():
        found[item] = [(numbers.final[regions][..., use], 1.0)], float(nation.final[:, use].sum())
    for item, k in {"labour": LABOUR, "production_tax": TAX, "capital": CAPITAL}.items():
        cells = numbers.value_added[regions][:, k]
        found[item] = [(cells, 1.0)], float(nation.value_added[k].sum())
    duties = [
        (numbers.imports[regions][:, [k]], float(rate)) for k, rate in enumerate(tariff) if rate
    ]
    found["customs_duty"] = duties, float(duty.sum())
    return found


def _together(item: str, region: str, controls: Sequence[Control]) -> Control:
    """The sum of totals, which follows from them."""
    parts = [part for control in controls for part in control.parts]
    return Control(item, region, parts, sum(c.target for c in controls), implied=True)
