"""Control totals as sums of flows: every cell of the nation, and totals of provinces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from recipes.yrd2020.flows import (
    CAPITAL,
    FIXED,
    GOVERNMENT,
    LABOUR,
    RURAL,
    STOCKS,
    TAX,
    URBAN,
    Flows,
)
from recipes.yrd2020.fuels import ENERGY
from recipes.yrd2020.official import Official
from recipes.yrd2020.totals import (
    GROUPS,
    Totals,
    by_group,
    goods_of,
    group_of,
    in_statistics,
)
from sam.accounts import COMPONENTS, EXPORTS, IMPORTS, NATIONAL, USES
from sam.balancing import ConstraintBuilder

Array = npt.NDArray[np.float64]
Parts = list[tuple[Array, float]]

_HELD_FROM = 1.0  # output of an energy in a province, 1e8 CNY, from which it is controlled


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
    for r, region in frame.provinces:
        groups = _groups(frame, [r], frame.totals.groups[r])
        own = [Control(f"gdp_{name}", region, *group) for name, group in groups.items()]
        yield from own
        yield _together("gdp", region, own)


def _groups(
    frame: Frame, regions: Sequence[int], made: Sequence[float] | Array
) -> dict[str, tuple[Parts, float]]:
    """Value added of each group as statistics draw it, duties included, summed over regions.

    Arguments:
        frame: what totals are written over.
        regions: positions of the regions.
        made: what there is of each group of the table.
    """
    group = group_of(frame.sectors)
    cells = [
        [part for r in regions for part in _made(frame, r, group == g)] for g in range(len(GROUPS))
    ]
    return {
        name: (
            [(part, weight * share) for g, share in mixture for part, weight in cells[g]],
            float(sum(share * made[g] for g, share in mixture)),
        )
        for name, mixture in in_statistics(frame.totals.farm_services).items()
    }


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
    "fixed_capital": FIXED,
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
            if output > _HELD_FROM:
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
    goods, duty = goods_of(frame.sectors), tariff * nation.imports
    groups = _groups(frame, regions, by_group(nation.made + duty, frame.sectors))
    found = {"gdp": _sum(groups.values())}
    found |= {f"gdp_{name}": group for name, group in groups.items()}
    found["gdp_secondary"] = _sum([groups["industry"], groups["construction"]])
    for side in ("exports", "imports"):
        cells, total = getattr(numbers, side)[regions], getattr(nation, side)
        found[f"goods_{side}"] = [(cells[:, goods], 1.0)], float(total[goods].sum())
        found[f"services_{side}"] = [(cells[:, ~goods], 1.0)], float(total[~goods].sum())
    uses = {
        "consumption_RUR": [RURAL],
        "consumption_URB": [URBAN],
        "household_consumption": [RURAL, URBAN],
        "government_consumption": [GOVERNMENT],
        "fixed_capital": [FIXED],
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


def _sum(totals: Iterable[tuple[Parts, float]]) -> tuple[Parts, float]:
    """Totals as one."""
    parts, values = zip(*totals, strict=True)
    return list(chain.from_iterable(parts)), sum(values)


def _together(item: str, region: str, controls: Sequence[Control]) -> Control:
    """The sum of totals, which follows from them."""
    whole = _sum((control.parts, control.target) for control in controls)
    return Control(item, region, *whole, implied=True)
