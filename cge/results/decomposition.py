r"""Why emissions and GDP of two pathways, or of two years of one, differ.

**Emissions** by the logarithmic mean Divisia index in its additive form (LMDI-I; Ang, Energy Policy
32 (2004) 1131-1139), which leaves no residual. Emissions of sector i in region r are
:math:`E_{ri} = Q \, S_{ri} \, I_{ri}` with gross output Q of all sectors of the regions together,
shares S in it and intensity I; of households H, consumption times intensity:

.. math:: \Delta E = \sum_{ri} L(E^1_{ri}, E^0_{ri}) \left( \ln \frac{Q^1}{Q^0}
          + \ln \frac{S^1_{ri}}{S^0_{ri}} + \ln \frac{I^1_{ri}}{I^0_{ri}} \right)
          + \sum_r L(E^1_{rH}, E^0_{rH}) \left( \ln \frac{C^1_r}{C^0_r}
          + \ln \frac{I^1_{rH}}{I^0_{rH}} \right) , \qquad
          L(a, b) = \frac{a - b}{\ln a - \ln b} .

Where emissions vanish on one side the limit is taken (Ang and Liu, Energy Policy 35 (2007)
238-246): all of the change is that of the factor which vanishes with them.

**GDP** from the side of expenditure, at base-year prices,

.. math:: Y = C + G + J + X - M + N ,

consumption, government, capital formation, exports to and imports from the world, and what a region
sells to other regions of the nation net, which is zero for all of them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from cge.results.headline import display_order, totals

if TYPE_CHECKING:
    from cge.path import Pathway

Array = npt.NDArray[np.float64]

EFFECTS = (
    "activity",
    "structure",
    "intensity",
    "household consumption",
    "household intensity",
)
"""What changes emissions, in the order of the formula."""

EXPENDITURE = ("consumption", "government", "investment", "exports", "imports")
"""Reports that GDP consists of, the last taken off."""

REGIONAL = "sales to other regions"
"""What is left of the GDP of a region."""


_DUST = 1e-9
"""Part of GDP that is none: what regions of a nation sell to each other is zero in all."""


class NoDecomposition(ValueError):
    """Pathways lack what a decomposition needs."""


def emissions_change(
    before: Pathway, after: Pathway, year: int, since: int | None = None
) -> pd.DataFrame:
    """The change of direct CO2 from one pathway to another, by effect; Mt.

    Arguments:
        before: where the change begins.
        after: where it ends.
        year: year of ``after``.
        since: year of ``before``, the same by default; with one pathway twice, the years between.

    Returns:
        A row for each region and total: ``EFFECTS``, ``before``, ``after`` and ``change``, their
        sum.

    Raises:
        NoDecomposition: a pathway lacks the year, or reports.
    """
    names = ("output", "consumption", "emissions", "household_emissions")
    one = _at(before, names, year if since is None else since)
    two = _at(after, names, year)
    rows = {name: _effects(one, two, members) for name, members in _groups(before).items()}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=[*EFFECTS, "before", "after"])
    table["change"] = table["after"] - table["before"]
    table = table[["before", *EFFECTS, "after", "change"]]
    table.index.name = "region"
    return table


def gdp_change(
    before: Pathway, after: Pathway, year: int, since: int | None = None
) -> pd.DataFrame:
    """The change of real GDP from one pathway to another by expenditure; 1e8 CNY.

    Arguments:
        before: where the change begins.
        after: where it ends.
        year: year of ``after``.
        since: year of ``before``, the same by default.

    Returns:
        A row for each region and total: contributions of ``EXPENDITURE`` and of what a region sells
        to others, ``before``, ``after`` and ``change``, their sum.

    Raises:
        NoDecomposition: a pathway lacks the year, or reports.
    """
    names = ("gdp_real", *EXPENDITURE)
    one = _at(before, names, year if since is None else since)
    two = _at(after, names, year)
    rows = {}
    for name, members in _groups(before).items():
        values = [[float(d[part].sel(region=members).sum()) for part in names] for d in (one, two)]
        (y0, *parts0), (y1, *parts1) = values
        signs = np.where(np.array(EXPENDITURE) == "imports", -1.0, 1.0)
        moved = signs * (np.array(parts1) - np.array(parts0))
        rest = y1 - y0 - moved.sum()
        rest = 0.0 if abs(rest) < _DUST * abs(y0) else rest
        rows[name] = [y0, *moved, rest, y1, y1 - y0]
    columns = ["before", *EXPENDITURE, REGIONAL, "after", "change"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    table.index.name = "region"
    return table


def _at(path: Pathway, names: tuple[str, ...], year: int) -> xr.Dataset:
    """Some reports of a year."""
    where = f"scenario {path.scenario.name!r}"
    missing = [name for name in names if name not in path.data]
    if missing:
        raise NoDecomposition(f"{where} does not report {', '.join(missing)}; it is of no use here")
    if year not in path.years:
        raise NoDecomposition(f"{where} has no year {year}; give one from {_span(path)}")
    return path.data[list(names)].sel(year=year)


def _span(path: Pathway) -> str:
    return f"{path.years[0]} to {path.years[-1]}"


def _groups(path: Pathway) -> dict[str, list[str]]:
    """Regions and totals as tables show them, with the regions that they consist of."""
    regions = [str(region) for region in path.data["region"].to_numpy()]
    whole = totals(path.geography, regions)
    return {name: whole.get(name, [name]) for name in display_order(path.geography, regions)}


def _effects(before: xr.Dataset, after: xr.Dataset, members: list[str]) -> list[float]:
    """``EFFECTS`` on some regions together, and what they emit before and after."""
    output, emitted, consumed, at_home = (
        np.stack([_over_regions(d[name], members) for d in (before, after)])
        for name in ("output", "emissions", "consumption", "household_emissions")
    )  # state, region, ...
    activity = output.sum(axis=(1, 2), keepdims=True)
    sectors = _lmdi(emitted, (np.broadcast_to(activity, output.shape), output / activity))
    homes = _lmdi(at_home, (consumed,))
    whole = emitted.sum(axis=(1, 2)) + at_home.sum(axis=1)
    return [*sectors, *homes, *(float(total) for total in whole)]


def _over_regions(part: xr.DataArray, members: list[str]) -> Array:
    values: Array = part.sel(region=members).transpose("region", ...).to_numpy()
    return values


def _lmdi(emitted: Array, factors: tuple[Array, ...]) -> list[float]:
    """Effects of factors, and of emissions per product of them.

    Arguments:
        emitted: emissions (state, ...), before and after.
        factors: the same for each factor.
    """
    product = np.prod(factors, axis=0)
    intensity = np.divide(emitted, product, out=np.zeros_like(emitted), where=product > 0.0)
    both = (emitted > 0.0).all(axis=0)
    weight = np.zeros(both.shape)
    weight[both] = _logarithmic_mean(emitted[1][both], emitted[0][both])
    found = []
    left = np.where(both, 0.0, emitted[1] - emitted[0])  # of what vanishes on one side
    for factor in (*factors, intensity):
        moved = np.zeros(both.shape)
        moved[both] = np.log(factor[1][both] / factor[0][both])
        gone = ~both & (left != 0.0) & (factor.min(axis=0) == 0.0)
        found.append(float((weight * moved).sum() + left[gone].sum()))
        left = np.where(gone, 0.0, left)
    return found


def _logarithmic_mean(a: Array, b: Array) -> Array:
    """The logarithmic mean of positive numbers, exact where they are nearly equal."""
    ratio = np.log(a / b)
    near = np.abs(ratio) < 1e-6
    mean: Array = np.where(near, 0.5 * (a + b), (a - b) / np.where(near, 1.0, ratio))
    return mean
