r"""Correlation between inputs: a Gaussian copula.

Inputs are correlated through their normal scores, :math:`z \sim N(0, R)`. The rank correlation that
follows is :math:`\frac{6}{\pi} \arcsin(R_{kl} / 2)`, and that of the values themselves

.. math:: \rho_{kl} = \frac{E[F_k^{-1}(\Phi(z_k))\, F_l^{-1}(\Phi(z_l))] - \mu_k \mu_l}
                           {\sigma_k \sigma_l} ,

which is R where both are normal and a little less elsewhere. With the coefficients
:math:`c_{kn}` of the standardised values in normalised Hermite polynomials of the score it is
:math:`\sum_n R_{kl}^n c_{kn} c_{ln}` (Mehler 1866).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cge.language.errors import DeclarationError
from cge.sensitivity.distributions import Distribution, fine_scores
from cge.sensitivity.inputs import Group, Inputs

Array = npt.NDArray[np.float64]
Correlation = Mapping[tuple[Any, Any], float] | pd.DataFrame | None
"""Correlations by pairs of entries, or a table by labels of inputs."""

_TERMS = 60
"""Terms of the sum over Hermite polynomials."""


def correlations(inputs: Inputs[Any], written: Correlation) -> Array | None:
    """The matrix R of all inputs, None where they are independent.

    A pair of two families with members of the same shape is correlated member by member; a family
    paired with itself has that correlation between any two members.

    Raises:
        DeclarationError: an entry is unknown or ambiguous, a number is no correlation, or together
            they are impossible.
    """
    if written is None or len(written) == 0:
        return None
    labels = inputs.labels
    matrix = np.eye(len(labels))
    if isinstance(written, pd.DataFrame):
        matrix = _from_table(written, labels)
    else:
        first = {id(g): labels.index(g.inputs[0].label) for g in inputs.groups}
        for pair, value in written.items():
            one, other = (_entry(inputs, key) for key in pair)
            for k, m in _pairs(one, other):
                at = first[id(one)] + k, first[id(other)] + m
                matrix[at] = matrix[at[::-1]] = float(value)
    _check(matrix, labels)
    return matrix


def of_values(scores: Array, laws: Sequence[Distribution]) -> Array:
    """Correlations of the values of inputs, from those of their normal scores."""
    z, weights = fine_scores()
    standard = np.stack([(law.at_scores(z) - law.mean) / law.std for law in laws])  # input, score
    before, now = np.zeros(z.shape), np.ones(z.shape)
    found = np.zeros(scores.shape)
    for n in range(1, _TERMS):
        before, now = now, (z * now - np.sqrt(n - 1.0) * before) / np.sqrt(n)
        coefficient = standard @ (weights * now)  # input
        found += scores**n * np.outer(coefficient, coefficient)
    np.fill_diagonal(found, 1.0)
    return found


def _entry(inputs: Inputs[Any], key: Any) -> Group[Any]:
    group = inputs.group(key)
    if group is None:
        raise DeclarationError(
            f"correlation: {key!r} is no entry that is drawn; entries are "
            f"{', '.join(g.label for g in inputs.groups)}"
        )
    return group


def _pairs(one: Group[Any], other: Group[Any]) -> list[tuple[int, int]]:
    """Positions of the inputs that are correlated within two entries."""
    if one is other:
        size = len(one.inputs)
        if size == 1:
            raise DeclarationError(f"correlation: {one.label} with itself is one number")
        return [(k, m) for k in range(size) for m in range(k)]
    if one.shape != other.shape:
        raise DeclarationError(
            f"correlation: {one.label} has {len(one.inputs)} inputs of shape {one.shape} and "
            f"{other.label} {len(other.inputs)} of shape {other.shape}; name single members, or "
            "give a table by labels of inputs"
        )
    return [(k, k) for k in range(len(one.inputs))]


def _from_table(table: pd.DataFrame, labels: list[str]) -> Array:
    rows, columns = [str(x) for x in table.index], [str(x) for x in table.columns]
    wrong = sorted({*rows, *columns} ^ set(labels))
    if wrong or len(rows) != len(labels) or len(columns) != len(labels):
        raise DeclarationError(
            f"correlation: a table has all inputs as rows and columns; not in both: {wrong[:5]}, "
            f"inputs are {', '.join(labels)}"
        )
    plain = pd.DataFrame(table.to_numpy(float), index=rows, columns=columns)
    return plain.loc[labels, labels].to_numpy()


def _check(matrix: Array, labels: list[str]) -> None:
    bad = ~((np.abs(matrix) <= 1.0) & (np.abs(matrix - matrix.T) < 1e-12))
    bad |= np.eye(len(labels), dtype=bool) & (matrix != 1.0)
    if bad.any():
        k, m = np.argwhere(bad)[0]
        raise DeclarationError(
            f"correlation of {labels[k]} and {labels[m]} is {matrix[k, m]:g}, and "
            f"{matrix[m, k]:g} the other way round: it must be the same number between -1 and 1, "
            "one on the diagonal"
        )
    least, vectors = np.linalg.eigh(matrix)
    if least[0] < 1e-10:
        involved = [labels[k] for k in np.argsort(-np.abs(vectors[:, 0]))[:3]]
        raise DeclarationError(
            "correlation: together the numbers are impossible, or inputs repeat each other: the "
            f"smallest eigenvalue is {least[0]:.2g}, with {', '.join(involved)}"
        )
