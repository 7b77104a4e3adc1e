"""Balancing gives the numbers that others printed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from sam.balancing import (
    Constraints,
    Support,
    account_constraints,
    balance,
    gras,
    matrix_constraints,
    ras,
)

Array = npt.NDArray[np.float64]

ACCOUNTS = ("ACT", "COM", "FAC", "ENT", "HOU", "GRE", "GIN", "CAP", "ROW")

PRIOR = {  # Mozambique 1994
    "ACT COM": 14827.424,
    "ACT HOU": 2101.049,
    "ACT GRE": -0.327,
    "ACT ROW": 1488.157,
    "COM ACT": 7917.504,
    "COM HOU": 6953.332,
    "COM GRE": 1564.5,
    "COM GIN": 2518.5,
    "COM CAP": 2597.798,
    "FAC ACT": 9805.414,
    "ENT FAC": 3699.706,
    "ENT GRE": 33.0,
    "HOU FAC": 6031.308,
    "HOU ENT": 3417.506,
    "HOU GRE": 29.6,
    "HOU ROW": 209.501,
    "GRE ACT": 733.6,
    "GRE COM": 357.4,
    "GRE FAC": 74.4,
    "GRE ENT": 165.2,
    "GRE HOU": 139.5,
    "GIN ROW": 1712.3,
    "CAP ENT": 150.0,
    "CAP HOU": 649.156,
    "CAP GRE": -356.673,
    "CAP GIN": -406.2,
    "CAP ROW": 2163.857,
    "ROW COM": 5573.815,
}

POSTERIOR = {
    "ACT COM": 15190.744,
    "ACT HOU": 1975.633,
    "ACT ROW": 1274.139,
    "COM ACT": 7928.423,
    "COM HOU": 6835.984,
    "COM GRE": 1657.138,
    "COM GIN": 2317.950,
    "COM CAP": 2410.241,
    "FAC ACT": 9809.903,
    "ENT FAC": 3695.768,
    "ENT GRE": 36.899,
    "HOU FAC": 6063.666,
    "HOU ENT": 3441.725,
    "HOU GRE": 33.136,
    "HOU ROW": 219.653,
    "GRE ACT": 702.189,
    "GRE COM": 382.858,
    "GRE FAC": 50.470,
    "GRE ENT": 143.199,
    "GRE HOU": 126.298,
    "GRE CAP": 322.159,
    "GIN CAP": 428.916,
    "GIN ROW": 1889.034,
    "CAP ENT": 147.742,
    "CAP HOU": 820.265,
    "CAP ROW": 2193.309,
    "ROW COM": 5576.135,
}


def square(cells: dict[str, float]) -> Array:
    values = np.zeros((len(ACCOUNTS), len(ACCOUNTS)))
    for place, value in cells.items():
        row, column = (ACCOUNTS.index(name) for name in place.split())
        values[row, column] = value
    return values


def mozambique() -> tuple[Array, Constraints]:
    """Negative flows netted out, account totals and two macro totals with five per cent error."""
    printed = square(PRIOR)
    negative = np.minimum(printed, 0.0)
    prior = printed - negative - negative.T
    totals = 0.5 * (prior.sum(0) + prior.sum(1))
    support = Support((-3.0, -1.0, 0.0, 1.0, 3.0), (1 / 72, 27 / 72, 16 / 72, 27 / 72, 1 / 72))
    builder = account_constraints(ACCOUNTS, totals, 0.05 * totals, support=support)
    for label, plus, minus in (
        ("GDP at factor cost", ["FAC ACT"], []),
        ("GDP at market prices", ["FAC ACT", "GRE ACT", "GRE COM"], ["ACT GRE"]),
    ):
        parts = [
            (np.flatnonzero(square(dict.fromkeys(names, 1.0))), weight)
            for names, weight in ((plus, 1.0), (minus, -1.0))
        ]
        total = sum(weight * prior.ravel()[cells].sum() for cells, weight in parts)
        builder.add(label, parts, total, 0.05 * total, support=support)
    return prior, builder.build()


def test_the_sam_of_mozambique_of_robinson_cattaneo_and_el_said() -> None:
    """CESAM, GAMS Model Library 228 (Robinson and El-Said 2000), and its listing by GAMS 24.7.4.

    GAMS adds 1e-5 to every argument of a logarithm, which moves cells by up to a thousandth.
    """
    found = balance(*mozambique(), method="coefficients")
    printed = square(POSTERIOR)
    assert ((found.cells > 0.0) == (printed > 0.0)).all()
    np.testing.assert_allclose(found.cells, printed, rtol=1.2e-3)
    np.testing.assert_allclose(found.cells.sum(0), printed.sum(0), rtol=1e-5)
    assert found.objective == pytest.approx(0.00958558, rel=3e-4)
    np.testing.assert_allclose(found.cells.sum(0), found.cells.sum(1), rtol=1e-9)
    assert (found.soft["residual"].abs() < 0.05).all()


def test_gras_of_junius_and_oosterhaven() -> None:
    """Junius and Oosterhaven (2003), solved by Temurshoev, Miller and Bouwmeester (2013).

    Their matrix, and the numbers of its solution in the tests of a public R package.
    """
    prior = np.array([[7.0, 3.0, 5.0, -3.0], [2.0, 9.0, 8.0, 0.0], [-2.0, 0.0, 2.0, 0.0]])
    rows, columns = np.array([15.0, 26.0, -1.0]), np.array([9.0, 16.0, 17.0, -2.0])
    printed = [
        [8.424340881, 3.375237362, 5.200422021, -2.000000263],
        [3.000997078, 12.624763744, 10.374239178, 0.0],
        [-2.425339135, 0.0, 1.425339135, 0.0],
    ]
    np.testing.assert_allclose(gras(prior, rows, columns), printed, atol=1e-6)
    constraints = matrix_constraints(rows, columns)
    for method in ("gras", "entropy"):
        found = balance(prior, constraints, method=method)
        np.testing.assert_allclose(found.cells, printed, atol=1e-6)


def test_ras_of_robichaud() -> None:
    """V. Robichaud, Example of the RAS technique, PEP network, February 2000: one decimal."""
    prior = np.array([[3.0, 4.0, 2.0], [7.0, 4.0, 3.0]])
    found = ras(prior, np.array([10.0, 12.0]), np.array([4.0, 10.0, 8.0]))
    np.testing.assert_allclose(found, [[1.3, 5.3, 3.4], [2.7, 4.7, 4.6]], atol=0.05)
