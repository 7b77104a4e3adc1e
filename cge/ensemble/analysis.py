r"""Why draws differ: shares of variance by assumption, and regression on what was drawn.

Sobol's indices (``cge.sensitivity.sobol``) need draws by the method ``sobol``. A regression,

.. math:: y_n = \alpha + \sum_k \beta_k x_{nk} + \varepsilon_n , \qquad
          b_k = \beta_k \frac{s(x_k)}{s(y)} ,

can be run on any draws. With independent inputs :math:`b_k^2` is the share of variance that
assumption k explains in a straight line, and :math:`R^2` what all do together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from cge.ensemble.errors import EnsembleError
from cge.ensemble.outcomes import PLACE, Measure, Outcomes, varies
from cge.language.errors import DeclarationError
from cge.sensitivity.distributions import Distribution
from cge.sensitivity.sobol import Sobol

Array = npt.NDArray[np.float64]


def regression(
    outcomes: Outcomes, variables: Sequence[str] = (), measure: Measure = "value"
) -> pd.DataFrame:
    """Linear regression of each variable on what was drawn, in each year.

    Arguments:
        outcomes: results of an ensemble.
        variables: all that are kept by default.
        measure: levels, or per cent against the baseline of the same draw.

    Returns:
        ``variable, unit, closure, scenario, region, year, input, slope, standardised, r2, draws``;
        years in which a variable does not vary, or that fewer draws have than there are
        coefficients and one, are left out.
    """
    rows: list[dict[str, object]] = []
    for variable in variables or outcomes.variables:
        named = {"variable": variable, "unit": outcomes.unit(variable, measure)}
        for place, values in outcomes.places(outcomes.table(variable, measure)):
            for year, own in varies(values).items():
                y = own.dropna()
                if len(y) < outcomes.points.shape[1] + 2:
                    continue
                x = outcomes.points.loc[y.index]
                slopes, share = _least_squares(x.to_numpy(), y.to_numpy())
                ratios = slopes * x.std().to_numpy() / y.std()
                for name, slope, ratio in zip(x.columns, slopes, ratios, strict=True):
                    found = {"slope": slope, "standardised": ratio, "r2": share, "draws": len(y)}
                    rows.append({**named, **place, "year": year, "input": name, **found})
    columns = ["variable", "unit", *PLACE, "year", "input", "slope", "standardised", "r2", "draws"]
    return pd.DataFrame(rows, columns=columns)


def _least_squares(x: Array, y: Array) -> tuple[Array, float]:
    """Slopes, and the share of the variance that they explain."""
    scale = np.where(x.std(axis=0) > 0.0, x.std(axis=0), 1.0)
    centred = (x - x.mean(axis=0)) / scale
    slopes, *_ = np.linalg.lstsq(centred, y - y.mean(), rcond=None)
    left = y - y.mean() - centred @ slopes
    return slopes / scale, 1.0 - float(left.var() / y.var())


def indices(
    outcomes: Outcomes, variables: Sequence[str] = (), measure: Measure = "value"
) -> pd.DataFrame:
    """Sobol's indices of each variable in each year.

    A base draw any of whose points has no path is left out, with all its points.

    Arguments:
        outcomes: results of an ensemble whose draws are Sobol's.
        variables: all that are kept by default.
        measure: levels, or per cent against the baseline of the same draw.

    Returns:
        ``variable, closure, scenario, region, year, input, first, first_interval, total,
        total_interval``; intervals are half-widths of 95 %. Years in which a variable does not vary
        are left out.

    Raises:
        EnsembleError: draws are of another method, or too few have paths.
    """
    draws = outcomes.ensemble.draws
    if draws.method != "sobol":
        raise EnsembleError(
            f"{outcomes.folder}: draws are by {draws.method}, and Sobol's indices need those of "
            "method: sobol; run such an ensemble, or take the regression"
        )
    method = Sobol(draws.count, draws.seed)
    laws = [
        Distribution(each.label, each.label, each.distribution.frozen)
        for each in outcomes.ensemble.uncertain
    ]
    parts: list[pd.DataFrame] = []
    for variable in variables or outcomes.variables:
        for place, values in outcomes.places(outcomes.table(variable, measure)):
            whole = varies(values).reindex(outcomes.points.index)
            if whole.empty:
                continue
            data = xr.Dataset({variable: (("draw", "year"), whole.to_numpy())})
            data = data.assign_coords(year=whole.columns.to_numpy())
            solved = whole.notna().all(axis=1).to_numpy()
            try:
                found = method.indices(laws, data, solved)[variable]
            except DeclarationError as error:
                raise EnsembleError(f"{outcomes.folder}, {variable}: {error}") from None
            wide = found.to_series().unstack("index").reset_index()
            named = wide.assign(variable=variable, **place).sort_values("year", kind="stable")
            parts.append(named.rename_axis(columns=None))
    columns = ["first", "first_interval", "total", "total_interval"]
    order = ["variable", *PLACE, "year", "input", *columns]
    return pd.concat(parts, ignore_index=True)[order] if parts else pd.DataFrame(columns=order)
