r"""Sobol indices: which input the variance of an output comes from.

.. math:: S_k = \frac{V[E(y \mid x_k)]}{V(y)} , \qquad
          T_k = \frac{E[V(y \mid x_{\sim k})]}{V(y)} ,

the share of variance that would vanish if input k were known, and the share that would remain if
all others were (Sobol 2001). They are estimated on Saltelli's design, N (K + 2) points for K
inputs, by SALib (Saltelli et al. 2010; Herman and Usher 2017), with intervals by bootstrap. Inputs
have to be independent.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from cge.language.errors import DeclarationError
from cge.sensitivity.design import Design, at_scores, check_draws, equal, scores_of
from cge.sensitivity.distributions import Distribution

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sobol:
    """Shares of variance by input.

    Attributes:
        draws: number N of base draws, a power of two; the model is solved N (K + 2) times for K
            inputs, and N (2K + 2) times with second-order indices.
        seed: the same seed gives the same draws.
        second_order: whether interactions of pairs are estimated too.
        by_entry: whether the members of a family count as one input.
        confidence: probability of the intervals.
        resamples: bootstrap samples behind the intervals.
    """

    draws: int
    seed: int = 0
    second_order: bool = False
    by_entry: bool = False
    confidence: float = 0.95
    resamples: int = 100

    def design(self, laws: Sequence[Distribution], correlation: Array | None) -> Design:
        """Saltelli's points; see ``Method``.

        Raises:
            DeclarationError: inputs are correlated, or N is no power of two.
        """
        from SALib.sample import sobol

        if correlation is not None:
            raise DeclarationError(
                "Sobol indices are shares of variance of independent inputs: leave the correlation "
                "out, or use MonteCarlo or LatinHypercube"
            )
        check_draws(self.draws)
        if self.draws & (self.draws - 1):
            near = 2 ** int(np.ceil(np.log2(self.draws)))
            raise DeclarationError(f"Sobol: {self.draws} draws are no power of two; take {near}")
        if len(self.labels(laws)) < 2:
            raise DeclarationError(
                "Sobol indices share variance out between inputs, or entries; there is only one"
            )
        problem = self._problem(laws)
        chances: Any = sobol.sample(
            problem, self.draws, calc_second_order=self.second_order, seed=self.seed
        )
        rule = f"Sobol, {len(chances)} points of {self.draws} base draws, seed {self.seed}"
        return equal(at_scores(scores_of(chances), laws), rule)

    def labels(self, laws: Sequence[Distribution]) -> list[str]:
        """What has an index: inputs, or entries."""
        return list(dict.fromkeys(law.group if self.by_entry else law.label for law in laws))

    def indices(
        self, laws: Sequence[Distribution], data: xr.Dataset, solved: npt.NDArray[np.bool_]
    ) -> xr.Dataset:
        """Indices of every output.

        A base draw any of whose points failed is left out, with all its points.

        Arguments:
            laws: distributions of the inputs.
            data: outputs by draw.
            solved: whether there is an equilibrium, by draw.

        Returns:
            Over ``index`` (``first``, ``first_interval``, ``total``, ``total_interval``), ``input``
            and the letters of the output; intervals are half-widths. With second order, variables
            ``..._pairs`` over ``pair_index`` (``second``, ``second_interval``), ``input`` and
            ``other``. Not a number where an output does not vary.
        """
        names = self.labels(laws)
        step = (2 if self.second_order else 1) * len(names) + 2
        whole = np.asarray(solved.reshape(-1, step).all(axis=1))  # base draw
        if whole.sum() < 2:
            raise DeclarationError(
                f"Sobol: of {len(whole)} base draws {int(whole.sum())} have an equilibrium at all "
                "their points; narrow the distributions, see Analysis.failures"
            )
        kept = np.repeat(whole, step)
        problem, found = self._problem(laws), {}
        for name, array in data.items():
            values = array.values[kept]  # draw, letters
            cells = [
                self._of(problem, values[(slice(None), *at)]) for at in np.ndindex(values.shape[1:])
            ]
            coords = {str(c): array[c] for c in array.dims[1:]}
            found[str(name)] = _stacked(
                [c[0] for c in cells], coords, {"index": list(_FIRST), "input": names}
            )
            if self.second_order:
                pairs = {"pair_index": list(_SECOND), "input": names, "other": names}
                found[f"{name}_pairs"] = _stacked([c[1] for c in cells], coords, pairs)
        attrs = {"base_draws": int(whole.sum()), "confidence": self.confidence}
        return xr.Dataset(found, attrs=attrs)

    def _of(self, problem: dict[str, Any], values: Array) -> tuple[Array, Array]:
        """Indices of one number: by index and input, and by index and pair."""
        from SALib.analyze import sobol

        size = len(dict.fromkeys(problem.get("groups", problem["names"])))
        spread = np.ptp(values)
        if not np.isfinite(spread) or spread <= 1e-12 * np.abs(values).max():
            return np.full((4, size), np.nan), np.full((2, size, size), np.nan)
        with warnings.catch_warnings():
            # A member that one input alone moves is constant along the others.
            warnings.filterwarnings("ignore", message="Constant values encountered")
            found = sobol.analyze(
                problem,
                values,
                calc_second_order=self.second_order,
                num_resamples=self.resamples,
                conf_level=self.confidence,
                seed=self.seed + 1,  # SALib reads zero as no seed
            )
        pairs = np.full((2, size, size), np.nan)
        if self.second_order:
            pairs = np.stack([np.asarray(found[k]) for k in _SECOND.values()])
            pairs = np.where(np.isnan(pairs), np.swapaxes(pairs, 1, 2), pairs)
        return np.stack([np.asarray(found[k]) for k in _FIRST.values()]), pairs

    def _problem(self, laws: Sequence[Distribution]) -> dict[str, Any]:
        """The inputs in SALib's words, as probabilities."""
        problem: dict[str, Any] = {
            "num_vars": len(laws),
            "names": [law.label for law in laws],
            "bounds": [[0.0, 1.0]] * len(laws),
        }
        if self.by_entry:
            problem["groups"] = [law.group for law in laws]
        return problem


_FIRST = {
    "first": "S1",
    "first_interval": "S1_conf",
    "total": "ST",
    "total_interval": "ST_conf",
}
_SECOND = {"second": "S2", "second_interval": "S2_conf"}


def _stacked(
    cells: list[Array], coords: dict[str, xr.DataArray], axes: dict[str, list[str]]
) -> xr.DataArray:
    """Indices of all members of an output, with labels."""
    shape = [len(labels) for labels in axes.values()] + [c.size for c in coords.values()]
    stacked = np.stack(cells, axis=-1).reshape(shape)
    return xr.DataArray(stacked, coords={**axes, **coords}, dims=[*axes, *coords])
