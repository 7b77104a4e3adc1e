r"""Electricity: the column of the SAM split into generation technologies and the grid.

The sector buys fuels, electricity, labour, capital and materials for two different things: making
electricity, and transmitting and distributing it. Item totals :math:`b_k` of the SAM are exact;
technology totals should follow physical generation times unit cost. With prior cells
:math:`x^0_{tk}` (technology t or the grid, item k) from cost structures,

.. math:: \min_x \sum_{tk} x_{tk} \ln \frac{x_{tk}}{x^0_{tk}} - x_{tk}
          + \rho \sum_t \left( X_t \ln \frac{X_t}{V_t} - X_t \right)
          \quad \text{s.t.} \quad \sum_t x_{tk} = b_k , \qquad X_t = \sum_k x_{tk} ,

with the solution

.. math:: x_{tk} = s_t\, x^0_{tk}\, r_k, \qquad s_t = (V_t / \sum_k x^0_{tk} r_k)^{\rho/(1+\rho)},
          \qquad r_k = b_k / \sum_t s_t x^0_{tk} ,

found by alternate scaling (unbalanced RAS; Chizat, Peyré, Schmitzer and Vialard 2018). The grid has
no target, s = 1. Targets are :math:`V_t = 10 \, h_t c_t` with generation h in TWh and cost c in
yuan/kWh, all scaled where their sum is beyond stated shares of what the sector sells to others.

What the sector sells to itself (generators to the grid, own use, losses) is no cost of a technology
and no energy that efficiency saves: it is a material of the grid, in proportion to what it sells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from calibration.capacities import Capacities
from calibration.errors import CalibrationError
from calibration.fields import MONEY, block, over
from calibration.labelled import labelled_array
from calibration.production import Production
from calibration.sets import Sets
from calibration.technologies import Technologies
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

GENERATION_SHARE = (0.50, 0.80)
"""Smallest and largest share of generation in what the sector sells to others, our own judgement.
The nation's was .62: average on-grid over average sales price (0.374 / 0.599 yuan/kWh; National
Energy Administration, price report 2018)."""

_PER_TWH = 10.0  # 1e8 CNY per TWh at one yuan per kWh

ADHERENCE = 2.0
"""Weight rho of the technologies' value targets against the cost structures."""

_GRID_FLOOR = 0.1  # smallest prior share of the grid in labour, capital and each material
_SCALINGS = 500
_TOLERANCE = 1e-14


@block
class Power:
    """Generation: costs by technology, and what they make."""

    output: Array = over("region technology", MONEY, "value of generation")
    material: Array = over("region commodity technology", MONEY, "materials")
    fuel: Array = over("region fuel technology", MONEY, "fuel burnt")
    labour: Array = over("region technology", MONEY, "labour")
    capital: Array = over("region technology", MONEY, "capital")
    fixed: Array = over("region technology", MONEY, "rent of sites, permits, river")
    twh: Array = over("region technology", "TWh", "electricity made")
    apart: Array = over("region technology", "ratio", "one where what is made goes with load")
    capacity: Array = over("region technology", "GW", "plants that stood the whole year")
    bound: Array = over("region technology", "ratio", "most that they can make over what they made")

    @property
    def rent(self) -> Array:
        """What plants earn: capital and sites, 1e8 CNY (region, technology)."""
        return self.capital + self.fixed

    @property
    def price(self) -> Array:
        """Mean value of a TWh at the plant of what does not go with load, 1e8 CNY (region)."""
        chosen = 1.0 - self.apart
        return ratio((chosen * self.output).sum(axis=1), (chosen * self.twh).sum(axis=1))

    @property
    def counted(self) -> Array:
        """Electricity made at the mean value of a TWh, 1e8 CNY (region, technology)."""
        value: Array = self.twh * self.price[:, None]
        return value

    @property
    def sold(self) -> Array:
        """The same, but what goes with load at its own, 1e8 CNY (region, technology)."""
        return np.where(self.apart > 0.0, self.output, self.counted)

    @property
    def support(self) -> Array:
        """What a technology gets beyond the mean price, relative to it (region, technology).

        A kWh that is dear for a reason (heat, waste, a guidance price) is paid more, a cheap one
        less; the sum over the technologies of a region is zero, and none is paid to what goes with
        load.
        """
        rate: Array = ratio(self.output, self.sold, 1.0) - 1.0
        return rate


@dataclass(frozen=True, eq=False)
class _Column:
    """Items of one column in the order materials, fuels, electricity, labour, capital."""

    material: Array  # commodity
    fuel: Array  # fuel
    electricity: float
    labour: float
    capital: float

    def items(self) -> Array:
        factors = [self.electricity, self.labour, self.capital]
        return np.concatenate([self.material, self.fuel, factors])


def physical_generation(
    table: pd.DataFrame, regions: Sequence[str], technologies: Sequence[str]
) -> Array:
    """Electricity made, TWh (region, technology), zero where not listed.

    Raises:
        CalibrationError: unknown label, a negative or missing value, or a line given twice.
    """
    axes = {"region": regions, "technology": technologies}
    return labelled_array(table, axes, "twh", "generation")


def split_electricity(
    production: Production,
    sets: Sets,
    technologies: Technologies,
    twh: Array,
    stand: Capacities,
    follow: Sequence[str] = (),
) -> tuple[Production, Power]:
    """Split the electricity column of every region into technologies and the grid.

    Arguments:
        production: inputs of all activities.
        sets: labels.
        technologies: cost structure of generation.
        twh: electricity made (region, technology).
        stand: the plants that make it.
        follow: technologies whose kWh go with load, where a region has others.

    Returns:
        Production with the electricity column reduced to the grid, which buys the generation
        composite, and generation.

    Raises:
        CalibrationError: what generates has no cost in the SAM; names region, technology and TWh.
    """
    count, names = len(sets.regions), len(sets.technologies)
    items = len(sets.sectors) + len(sets.fuels) + 3
    cells = np.zeros((count, names + 1, items))  # region, technology and grid, item
    if sets.makes_electricity:
        mix = technologies.fuel_mix(sets.fuels)
        for r in range(count):
            column = _column(production, r, sets.electricity_place)
            cells[r] = _split(column, technologies, mix, twh[r])
    power = _generation(cells[:, :-1], sets, technologies, twh, stand, follow)
    _check_generation(power, sets)
    return _grid(production, cells[:, -1], power, sets), power


def _column(production: Production, r: int, place: int) -> _Column:
    """What an activity of a region buys."""
    return _Column(
        production.material[r, :, place],
        production.fuel[r, :, place],
        float(production.electricity[r, place]),
        float(production.labour[r, place]),
        float(production.capital[r, place]),
    )


def _check_generation(power: Power, sets: Sets) -> None:
    """Assert that what generates has a cost in the SAM."""
    lost = np.argwhere((power.twh > 0.0) & ~(power.output > 0.0))
    if lost.size:
        r, t = lost[0]
        raise CalibrationError(
            f"dataset table generation: {sets.regions[r]} {sets.technologies[t]} makes "
            f"{power.twh[r, t]:g} TWh, but activity {sets.electricity} buys nothing there in "
            "the SAM; drop these lines, or add the activity with its inputs"
        )


def _split(column: _Column, technologies: Technologies, mix: Array, twh: Array) -> Array:
    """Cells of one region's column (technology and last the grid, item)."""
    items = column.items()
    targets = _targets(column, technologies, twh)
    prior = _prior(column, technologies, mix, targets)
    return _scale(prior, items, targets)


def _targets(column: _Column, technologies: Technologies, twh: Array) -> Array:
    """Value of generation by technology, 1e8 CNY."""
    value = _PER_TWH * twh * technologies.cost
    sold = float(column.items().sum()) - column.electricity
    if value.sum() == 0.0 or sold <= 0.0:
        return np.zeros_like(value)
    share = min(max(float(value.sum()) / sold, GENERATION_SHARE[0]), GENERATION_SHARE[1])
    result: Array = value / value.sum() * sold * share
    return result


def _prior(column: _Column, technologies: Technologies, mix: Array, targets: Array) -> Array:
    """Cost structures times targets, and for the grid what they leave."""
    shares = technologies.share
    bought = column.material.sum()
    basket = column.material / bought if bought > 0.0 else column.material
    burnt = _served(column.fuel, (targets * shares("fuel"))[:, None] * mix, mix)
    made = np.concatenate(
        [
            (targets * shares("materials"))[:, None] * basket,
            burnt,
            np.zeros((len(targets), 1)),
            (targets * shares("labour"))[:, None],
            (targets * (shares("capital") + shares("fixed")))[:, None],
        ],
        axis=1,
    )  # technology, item
    items = column.items()
    grid = np.maximum(items - made.sum(axis=0), _GRID_FLOOR * items)
    burns = slice(len(column.material), len(column.material) + len(column.fuel))
    taken = made[:, burns].sum(axis=0) > 0.0
    grid[burns] = np.where(taken, 0.0, items[burns])  # fuel stays only where no technology burns it
    return np.concatenate([made, grid[None]])


def _served(bought: Array, wanted: Array, mix: Array) -> Array:
    """Fuel wanted (technology, fuel): whose main fuel it is are served first, others have what is
    left, so that no plant runs on next to none because others start up with its fuel.
    """
    main = mix >= mix.max(axis=1, keepdims=True, initial=0.0)
    first = np.where(main, wanted, 0.0)
    side = wanted - first
    left = np.maximum(bought - first.sum(axis=0), 0.0)
    fits: Array = np.minimum(ratio(left, side.sum(axis=0), 1.0), 1.0)
    return first + side * fits


def _scale(prior: Array, items: Array, targets: Array) -> Array:
    """Unbalanced RAS: items exactly, technology totals as far as cost structures allow."""
    power = ADHERENCE / (1.0 + ADHERENCE)
    rows = np.ones(len(items))
    factors = np.ones(len(prior))  # technology, last the grid
    for _ in range(_SCALINGS):
        old = factors.copy()
        rows = ratio(items, factors @ prior)
        totals = (prior * rows).sum(axis=1)[:-1]
        factors[:-1] = ratio(targets, totals) ** power
        if np.abs(factors - old).max() <= _TOLERANCE * np.abs(factors).max():
            break
    cells = factors[:, None] * prior
    result: Array = cells * ratio(items, cells.sum(axis=0))
    return result


def _items(cells: Array, sets: Sets) -> tuple[Array, Array, Array]:
    """Materials, fuels and factors (electricity, labour, capital) of cells (..., item)."""
    goods, fuels = len(sets.sectors), len(sets.fuels)
    material, fuel, factors = np.split(cells, [goods, goods + fuels], axis=-1)
    return material, fuel, factors


def _generation(
    cells: Array,
    sets: Sets,
    technologies: Technologies,
    twh: Array,
    stand: Capacities,
    follow: Sequence[str],
) -> Power:
    """Name the cells of technologies (region, technology, item)."""
    material, fuel, factors = _items(cells, sets)
    rent = factors[:, :, 2]
    other = (twh > 0.0) & ~np.isin(sets.technologies, follow)
    apart = (twh > 0.0) & ~other & other.any(axis=1, keepdims=True)
    fixed_part = ratio(
        technologies.share("fixed"), technologies.share("fixed") + technologies.share("capital")
    )
    return Power(
        output=cells.sum(axis=2),
        material=material.transpose(0, 2, 1),
        fuel=fuel.transpose(0, 2, 1),
        labour=factors[:, :, 1],
        capital=rent * (1.0 - fixed_part),
        fixed=rent * fixed_part,
        twh=twh,
        apart=apart.astype(float),
        capacity=stand.capacity,
        bound=stand.bound,
    )


def _grid(production: Production, cells: Array, power: Power, sets: Sets) -> Production:
    """Production with the cells of the grid (region, item) in the electricity column."""
    if not sets.makes_electricity:
        return production
    material, fuel, factors = _items(cells, sets)
    own = np.zeros_like(material)
    own[:, sets.electricity_place] = factors[:, 0]
    columns = {
        "material": material + own,
        "fuel": fuel,
        "electricity": np.zeros_like(factors[:, 0]),
        "labour": factors[:, 1],
        "capital": factors[:, 2],
        "generation": power.output.sum(axis=1),
    }
    changed: dict[str, Array] = {}
    for name, column in columns.items():
        changed[name] = getattr(production, name).copy()
        changed[name][..., sets.electricity_place] = column
    return replace(production, **changed)
