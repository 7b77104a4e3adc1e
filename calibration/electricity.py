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
no target, s = 1. Targets are :math:`V_t = \bar V \, h_t c_t / \sum h c` with generation h in TWh
and cost c in yuan/kWh; :math:`\bar V` is the value at which stated fuel shares reproduce the fuel
bought, kept within stated bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from calibration.assumptions import Technologies
from calibration.errors import CalibrationError
from calibration.labelled import labelled_array
from calibration.production import ELECTRICITY, Inputs

Array = npt.NDArray[np.float64]

GENERATION_SHARE = (0.50, 0.62, 0.80)
"""Share of generation in the cost of the sector: smallest, usual and largest. Usual: average
on-grid over average sales price (0.374 / 0.599 yuan/kWh; National Energy Administration, price
report 2018)."""

ADHERENCE = 2.0
"""Weight rho of the technologies' value targets against the cost structures."""

_GRID_FLOOR = 0.1  # smallest prior share of the grid in labour, capital and each material
_SCALINGS = 500
_TOLERANCE = 1e-14


@dataclass(frozen=True, eq=False)
class Generation:
    """Costs of generation by technology, 1e8 CNY, and what is left for the grid.

    Attributes:
        output: value of generation (region, technology).
        material: materials (region, commodity, technology).
        fuel: fuel burnt (region, fuel, technology).
        labour: labour (region, technology).
        capital: capital (region, technology).
        fixed: fixed factor (region, technology).
        twh: electricity made, TWh (region, technology).
        grid: inputs of all activities, with the electricity column reduced to the grid.
    """

    output: Array
    material: Array
    fuel: Array
    labour: Array
    capital: Array
    fixed: Array
    twh: Array
    grid: Inputs


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
    inputs: Inputs,
    sectors: Sequence[str],
    fuels: Sequence[str],
    technologies: Technologies,
    twh: Array,
) -> Generation:
    """Split the electricity column of every region.

    Arguments:
        inputs: inputs of all activities.
        sectors: sector codes.
        fuels: commodities that may be burnt.
        technologies: cost structure of generation.
        twh: electricity made (region, technology).
    """
    count, names = len(twh), len(technologies.names)
    cells = np.zeros((count, names + 1, len(sectors) + len(fuels) + 3))  # region, technology, item
    if ELECTRICITY in sectors:
        place = sectors.index(ELECTRICITY)
        for r in range(count):
            column = _Column(
                inputs.material[r, :, place],
                inputs.fuel[r, :, place],
                float(inputs.electricity[r, place]),
                float(inputs.labour[r, place]),
                float(inputs.capital[r, place]),
            )
            cells[r] = _split(column, technologies, technologies.fuel_mix(fuels), twh[r])
    return _arrange(cells, inputs, sectors, fuels, technologies, twh)


def check_generation(
    generation: Generation, regions: Sequence[str], technologies: Sequence[str]
) -> None:
    """Assert that what generates has a cost in the SAM.

    Raises:
        CalibrationError: names region, technology and TWh.
    """
    lost = np.argwhere((generation.twh > 0.0) & ~(generation.output > 0.0))
    if lost.size:
        r, t = lost[0]
        raise CalibrationError(
            f"dataset table generation: {regions[r]} {technologies[t]} makes "
            f"{generation.twh[r, t]:g} TWh, but activity {ELECTRICITY} buys nothing there in "
            "the SAM; drop these lines, or add the activity with its inputs"
        )


def _split(column: _Column, technologies: Technologies, mix: Array, twh: Array) -> Array:
    """Cells of one region's column (technology and last the grid, item)."""
    items = column.items()
    targets = _targets(column, technologies, mix, twh)
    prior = _prior(column, technologies, mix, targets)
    return _scale(prior, items, targets)


def _targets(column: _Column, technologies: Technologies, mix: Array, twh: Array) -> Array:
    """Value of generation by technology."""
    weights = twh * technologies.cost
    total = float(column.items().sum())
    if weights.sum() == 0.0 or total == 0.0:
        return np.zeros_like(weights)
    weights = weights / weights.sum()
    low, usual, high = GENERATION_SHARE
    usable = mix.sum(axis=1) * technologies.share("fuel")
    burnt = float(column.fuel[(mix * weights[:, None]).sum(axis=0) > 0.0].sum())
    needed = float(weights @ usable)
    share = burnt / (needed * total) if needed > 0.0 and burnt > 0.0 else usual
    result: Array = weights * total * min(max(share, low), high)
    return result


def _prior(column: _Column, technologies: Technologies, mix: Array, targets: Array) -> Array:
    """Cost structures times targets, and for the grid what they leave."""
    shares = technologies.share
    bought = column.material.sum()
    basket = column.material / bought if bought > 0.0 else column.material
    made = np.concatenate(
        [
            (targets * shares("materials"))[:, None] * basket,
            (targets * shares("fuel"))[:, None] * mix,
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


def _scale(prior: Array, items: Array, targets: Array) -> Array:
    """Unbalanced RAS: items exactly, technology totals as far as cost structures allow."""
    power = ADHERENCE / (1.0 + ADHERENCE)
    rows = np.ones(len(items))
    factors = np.ones(len(prior))  # technology, last the grid
    for _ in range(_SCALINGS):
        old = factors.copy()
        rows = _ratio(items, factors @ prior)
        totals = (prior * rows).sum(axis=1)[:-1]
        factors[:-1] = _ratio(targets, totals) ** power
        if np.abs(factors - old).max() <= _TOLERANCE * np.abs(factors).max():
            break
    cells = factors[:, None] * prior
    result: Array = cells * _ratio(items, cells.sum(axis=0))
    return result


def _ratio(numerator: Array, denominator: Array) -> Array:
    result = np.zeros_like(numerator)
    np.divide(numerator, denominator, out=result, where=denominator > 0.0)
    return result


def _arrange(
    cells: Array,
    inputs: Inputs,
    sectors: Sequence[str],
    fuels: Sequence[str],
    technologies: Technologies,
    twh: Array,
) -> Generation:
    """Name the cells, and take generation out of the electricity column."""
    material, fuel, factors = np.split(cells, [len(sectors), len(sectors) + len(fuels)], axis=2)
    made, labour, rent = cells[:, :-1], factors[:, :-1, 1], factors[:, :-1, 2]
    fixed_part = _ratio(
        technologies.share("fixed"), technologies.share("fixed") + technologies.share("capital")
    )
    return Generation(
        output=made.sum(axis=2),
        material=material[:, :-1].transpose(0, 2, 1),
        fuel=fuel[:, :-1].transpose(0, 2, 1),
        labour=labour,
        capital=rent * (1.0 - fixed_part),
        fixed=rent * fixed_part,
        twh=twh,
        grid=_grid(inputs, material[:, -1], fuel[:, -1], factors[:, -1], sectors),
    )


def _grid(
    inputs: Inputs, material: Array, fuel: Array, factors: Array, sectors: Sequence[str]
) -> Inputs:
    if ELECTRICITY not in sectors:
        return inputs
    place = sectors.index(ELECTRICITY)
    grid = Inputs(
        inputs.material.copy(),
        inputs.fuel.copy(),
        inputs.electricity.copy(),
        inputs.labour.copy(),
        inputs.capital.copy(),
        inputs.resource,
    )
    grid.material[:, :, place] = material
    grid.fuel[:, :, place] = fuel
    grid.electricity[:, place] = factors[:, 0]
    grid.labour[:, place] = factors[:, 1]
    grid.capital[:, place] = factors[:, 2]
    return grid
