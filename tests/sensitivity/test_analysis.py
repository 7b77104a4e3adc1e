"""Outputs under uncertain parameters, against closed forms of a Cobb-Douglas economy."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats
from scipy.special import ndtr

from cge.equilibrium import Options, Solver
from cge.language import DeclarationError
from cge.sensitivity import (
    FailedDraws,
    LatinHypercube,
    MonteCarlo,
    ProductQuadrature,
    Quadrature,
    Sobol,
    analyse,
    common,
    independent,
)
from cge.sensitivity.distributions import Distribution
from cge.sensitivity.quadrature import gauss
from tests.sensitivity.models import CAPITAL, LABOUR, SHARE, orchard

LABOUR_LAW = stats.lognorm(0.2, scale=LABOUR.sum())
CAPITAL_LAW = stats.lognorm(0.1, scale=CAPITAL.sum())
FACTORS = {"labour": LABOUR_LAW, "capital": CAPITAL_LAW}


def levels(solver: Solver) -> dict[str, object]:
    return {"level": solver.model.activities["Y"]}


def moments(correlation: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the levels under lognormal factors, exactly."""
    one, other = 0.2 * SHARE, 0.1 * (1 - SHARE)
    variance = one**2 + other**2 + 2 * correlation * one * other  # of the log
    mean = np.exp(variance / 2)
    return mean, mean * np.sqrt(np.expm1(variance))


@pytest.mark.parametrize("method", [MonteCarlo(300, seed=4), LatinHypercube(100, seed=4)])
@pytest.mark.parametrize("correlation", [0.0, 0.7])
def test_samples_meet_the_closed_form(
    solver: Solver, method: MonteCarlo | LatinHypercube, correlation: float
) -> None:
    found = analyse(
        solver,
        FACTORS,
        levels(solver),
        method,
        correlation={("labour", "capital"): correlation} if correlation else None,
    )
    mean, std = moments(correlation)
    error = 3 * std / np.sqrt(method.draws)
    np.testing.assert_array_less(np.abs(found.mean()["level"] - mean), error)
    np.testing.assert_allclose(found.std()["level"], std, rtol=0.12)
    ranks = found.inputs.rank().corr().iloc[0, 1]  # Spearman's
    assert ranks == pytest.approx(6 / np.pi * np.arcsin(correlation / 2), abs=0.15)


def test_every_draw_is_an_equilibrium_in_closed_form(solver: Solver) -> None:
    found = analyse(solver, FACTORS, levels(solver), MonteCarlo(20))
    factors = found.inputs[["labour", "capital"]].to_numpy() / [LABOUR.sum(), CAPITAL.sum()]
    expected = factors[:, :1] ** SHARE * factors[:, 1:] ** (1 - SHARE)  # draw, good
    np.testing.assert_allclose(found.data["level"], expected, rtol=1e-10)
    assert found.data["level"].dims == ("draw", "i")


def test_a_draw_depends_on_seed_and_number_only(solver: Solver) -> None:
    few = analyse(solver, FACTORS, levels(solver), MonteCarlo(3, seed=5))
    many = analyse(solver, FACTORS, levels(solver), MonteCarlo(9, seed=5))
    other = analyse(solver, FACTORS, levels(solver), MonteCarlo(9, seed=6))
    np.testing.assert_array_equal(few.data["level"], many.data["level"][:3])
    assert not np.allclose(many.data["level"], other.data["level"])


def test_a_latin_hypercube_has_one_point_in_each_stratum(solver: Solver) -> None:
    pairs = {("labour", "capital"): -0.8}
    for correlation in (None, pairs):
        found = analyse(
            solver, FACTORS, levels(solver), LatinHypercube(10), correlation=correlation
        )
        for law, column in zip((LABOUR_LAW, CAPITAL_LAW), found.inputs, strict=True):
            strata = np.floor(10 * law.cdf(found.inputs[column]))
            assert sorted(strata) == list(range(10))


def test_members_move_together_or_each_on_its_own(solver: Solver) -> None:
    law = stats.uniform(0.8, 0.4)
    skill, read = solver.model.parameters["skill"], {"skill": solver.model.parameters["skill"]}
    changes = {skill: ("i", [1.0, 2.0])}

    def drawn(key: object, how: object, changes: dict[object, object]) -> np.ndarray:
        found = analyse(solver, {key: how}, read, MonteCarlo(6), changes=changes)
        return found.data["skill"].values  # draw, good

    value, own = drawn(skill, common(law), {}), drawn(skill, independent(law), {})
    factor = drawn(skill, common(law, of="factor"), changes)
    own_factor = drawn(skill, independent(law, of="factor"), changes)
    single = drawn(("skill", "cloth"), law, changes)
    np.testing.assert_array_equal(value[:, 0], value[:, 1])
    np.testing.assert_allclose(factor[:, 1], 2 * factor[:, 0])
    assert abs(np.corrcoef(own.T)[0, 1]) < 0.9
    np.testing.assert_allclose(own_factor, own * [1.0, 2.0])
    np.testing.assert_array_equal(single[:, 0], np.ones(6))
    assert single[:, 1].std() > 0.05
    with pytest.raises(DeclarationError, match="would have no effect"):
        drawn(skill, common(law), changes)


def test_arguments_may_differ_by_member(solver: Solver) -> None:
    law = stats.norm(np.array([1.0, 3.0]), 0.01)
    found = analyse(solver, {"sigma": independent(law)}, levels(solver), MonteCarlo(4))
    np.testing.assert_allclose(found.inputs.mean(), [1.0, 3.0], atol=0.05)


def test_families_are_correlated_member_by_member(solver: Solver) -> None:
    law = stats.norm(1.0, 0.1)
    found = analyse(
        solver,
        {"sigma": independent(law), "skill": independent(law)},
        levels(solver),
        MonteCarlo(400),
        correlation={("sigma", "skill"): 0.6, ("sigma", "sigma"): 0.3},
    )
    correlation = found.inputs.corr()
    assert correlation.loc["sigma[food]", "skill[food]"] == pytest.approx(0.6, abs=0.1)
    assert correlation.loc["sigma[food]", "skill[cloth]"] == pytest.approx(0.0, abs=0.15)
    assert correlation.loc["sigma[food]", "sigma[cloth]"] == pytest.approx(0.3, abs=0.12)


def test_statistics_are_those_of_the_draws(solver: Solver) -> None:
    found = analyse(solver, FACTORS, levels(solver), MonteCarlo(50))
    food = found.data["level"].sel(i="food").values
    row = found.summary().loc["level[food]"]
    assert row["mean"] == pytest.approx(food.mean())
    assert row["std"] == pytest.approx(food.std(ddof=1))
    assert row["error"] == pytest.approx(stats.sem(food))
    assert row["5%"] == pytest.approx(np.quantile(food, 0.05))
    assert row["central"] == pytest.approx(1.0, abs=1e-10)
    histogram = found.histogram("level", bins=7).sel(i="food")
    inside = [
        ((food >= low) & (food < high)).sum()
        for low, high in zip(histogram["low"].values, histogram["high"].values, strict=True)
    ]
    inside[-1] += 1  # the largest value
    np.testing.assert_array_equal(histogram["count"], inside)


@pytest.mark.parametrize("correlation", [None, {("labour", "capital"): 0.5}])
@pytest.mark.parametrize(
    "laws",
    [
        [stats.norm(40.0, 4.0), stats.uniform(30.0, 20.0)],
        [stats.triang(0.5, 30.0, 20.0), stats.truncnorm(-2, 2, 40.0, 6.0), stats.norm(1.0, 0.2)],
        [stats.triang(0.2, 30.0, 20.0), stats.lognorm(0.2, scale=40.0)],
        [stats.expon(30.0, 2.0), *[stats.uniform(1.0, 1.0)] * 7],
    ],
    ids=["even", "odd", "skewed", "many"],
)
def test_quadrature_is_exact_to_degree_three(
    laws: list[stats.rv_continuous], correlation: dict[tuple[str, str], float] | None
) -> None:
    named = [Distribution(str(k), str(k), law) for k, law in enumerate(laws)]
    matrix = None
    if correlation is not None:
        matrix = np.full((len(laws), len(laws)), 0.3) + 0.7 * np.eye(len(laws))
    if correlation is not None and not all(law.symmetric for law in named):
        with pytest.raises(DeclarationError, match="is skewed and inputs are correlated"):
            Quadrature().design(named, matrix)
        return
    design = Quadrature().design(named, matrix)
    moment = central_moments(laws, matrix)
    centred = design.points - [law.mean() for law in laws]
    assert (design.weights > 0).all()
    assert len(design.points) <= 165
    size = len(laws)
    assert design.weights.sum() == pytest.approx(1.0)
    for k in range(size):
        assert design.weights @ centred[:, k] == pytest.approx(0.0, abs=1e-9)
        for m in range(size):
            found = design.weights @ (centred[:, k] * centred[:, m])
            assert found == pytest.approx(moment[k, m], rel=1e-5, abs=1e-9)
            for n in range(size):
                third = design.weights @ (centred[:, k] * centred[:, m] * centred[:, n])
                own = laws[k].moment(3) - 3 * laws[k].mean() * laws[k].var() - laws[k].mean() ** 3
                expected = own if k == m == n else 0.0
                assert third == pytest.approx(expected, rel=1e-5, abs=1e-6)


def central_moments(laws: list[stats.rv_continuous], matrix: np.ndarray | None) -> np.ndarray:
    """Covariances under a Gaussian copula, by a fine sum over both scores."""
    z = np.linspace(-8.0, 8.0, 801)
    found = np.diag([law.var() for law in laws])
    if matrix is None:
        return found
    density = stats.norm.pdf(z)
    for k, one in enumerate(laws):
        for m, other in enumerate(laws[:k]):
            rho = matrix[k, m]
            mixed = rho * z[:, None] + np.sqrt(1 - rho**2) * z[None, :]
            values = (one.ppf(ndtr(z))[:, None] - one.mean()) * (
                other.ppf(ndtr(mixed)) - other.mean()
            )
            weights = density[:, None] * density[None, :]
            finite = np.isfinite(values)
            total = (values * weights)[finite].sum() / weights[finite].sum()
            found[k, m] = found[m, k] = total
    return found


@pytest.mark.parametrize(
    "law",
    [
        stats.uniform(1.0, 2.0),
        stats.norm(2.0, 0.5),
        stats.triang(0.3, 1.0, 2.0),
        stats.truncnorm(-1.0, 3.0, 2.0, 0.5),
        stats.lognorm(0.3, scale=2.0),
    ],
    ids=lambda law: law.dist.name,
)
def test_gauss_rules_are_exact_to_degree_nine(law: stats.rv_continuous) -> None:
    nodes, weights = gauss(Distribution("x", "x", law), 5)
    for degree in (0, 1, 4, 9):
        assert weights @ nodes**degree == pytest.approx(law.moment(degree), rel=1e-7)


def test_quadratures_of_an_economy(solver: Solver) -> None:
    """A product of many nodes is exact in practice; degree three is close to it."""
    mean, std = moments()
    fine = analyse(solver, FACTORS, levels(solver), ProductQuadrature(7))
    np.testing.assert_allclose(fine.mean()["level"], mean, rtol=1e-8)
    np.testing.assert_allclose(fine.std()["level"], std, rtol=1e-6)
    few = analyse(solver, FACTORS, levels(solver), Quadrature())
    np.testing.assert_allclose(few.mean()["level"], mean, rtol=3e-4)
    mean, std = moments(0.5)
    tied = analyse(
        solver,
        FACTORS,
        levels(solver),
        ProductQuadrature(7),
        correlation={("labour", "capital"): 0.5},
    )
    np.testing.assert_allclose(tied.mean()["level"], mean, rtol=1e-8)
    np.testing.assert_allclose(tied.std()["level"], std, rtol=1e-6)
    for ask in (fine.quantiles, lambda: fine.histogram("level"), fine.indices):
        with pytest.raises(DeclarationError, match="product of Gauss rules"):
            ask()


def test_sobol_indices_of_a_product(solver: Solver) -> None:
    """Of y = prod g_k(x_k), V_k = var g_k / mean g_k^2: S_k = V_k / (prod(1 + V) - 1)."""
    found = analyse(solver, FACTORS, levels(solver), Sobol(128, second_order=True))
    spread = np.expm1(np.stack([0.2 * SHARE, 0.1 * (1 - SHARE)]) ** 2)  # input, good
    whole = np.prod(1 + spread, axis=0) - 1
    indices = found.indices()["level"]
    np.testing.assert_allclose(indices.sel(index="first"), spread / whole, atol=0.02)
    total = spread * (1 + spread[::-1]) / whole
    np.testing.assert_allclose(indices.sel(index="total"), total, atol=0.02)
    assert (indices.sel(index="total_interval") < 0.2).all()
    pairs = found.indices()["level_pairs"].sel(pair_index="second")
    both = (whole - spread.sum(axis=0)) / whole
    np.testing.assert_allclose(pairs.values[0, 1], both, atol=0.03)
    np.testing.assert_allclose(pairs.values[1, 0], pairs.values[0, 1])


def test_sobol_indices_of_ishigami() -> None:
    """Ishigami and Homma (1990), with a = 7 and b = 0.1."""
    law = stats.uniform(-np.pi, 2 * np.pi)
    laws = [Distribution(name, name, law) for name in ("x", "y", "z")]
    method = Sobol(2048)
    x, y, z = method.design(laws, None).points.T
    values = np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)
    data = xr.Dataset({"f": ("draw", values), "constant": ("draw", np.ones(len(values)))})
    indices = method.indices(laws, data, np.ones(len(values), dtype=bool))
    variance = 49 / 8 + 0.1 * np.pi**4 / 5 + 0.01 * np.pi**8 / 18 + 0.5
    first = np.array([0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2, 49 / 8, 0.0]) / variance
    together = 0.01 * np.pi**8 * (1 / 18 - 1 / 50) / variance
    np.testing.assert_allclose(indices["f"].sel(index="first"), first, atol=0.03)
    total = [first[0] + together, first[1], together]
    np.testing.assert_allclose(indices["f"].sel(index="total"), total, atol=0.03)
    assert indices["constant"].isnull().all()


def test_members_of_a_family_may_share_an_index(solver: Solver) -> None:
    law = stats.uniform(0.5, 1.0)
    inputs = {"skill": independent(law), "labour": stats.uniform(20.0, 40.0)}
    found = analyse(solver, inputs, levels(solver), Sobol(64, by_entry=True))
    assert len(found.inputs) == 64 * 4
    indices = found.indices()["level"]
    assert list(indices["input"].values) == ["skill", "labour"]
    assert ((indices.sel(index="total") > 0.1) & (indices.sel(index="total") < 1.0)).all()


def test_failed_draws_are_named_and_left_out(solver: Solver) -> None:
    """Half of what 80 of income buys as a minimum of each good is more than can be made."""
    inputs = {"minimum": common(stats.uniform(0.0, 60.0))}
    with pytest.warns(FailedDraws, match=r"of 12 draws have no equilibrium.*bias"):
        found = analyse(solver, inputs, levels(solver), MonteCarlo(12), retry=False)
    beyond = found.inputs["minimum"] > 40.0
    assert 0 < beyond.sum() < 12
    np.testing.assert_array_equal(found.solved, ~beyond)
    assert list(found.failures.index) == list(np.flatnonzero(beyond))
    assert found.failures["why"].str.contains("orchard: no equilibrium found").all()
    pd.testing.assert_series_equal(found.failures["minimum"], found.inputs["minimum"][beyond])
    assert found.data["level"][beyond.to_numpy()].isnull().all()
    np.testing.assert_allclose(found.mean()["level"], 1.0, rtol=1e-9)


def test_a_quadrature_needs_all_its_points(solver: Solver) -> None:
    inputs = {"minimum": common(stats.uniform(0.0, 60.0))}
    with pytest.warns(FailedDraws):
        found = analyse(solver, inputs, levels(solver), Quadrature(), retry=False)
    with pytest.raises(DeclarationError, match="1 of 2 points have no equilibrium"):
        found.mean()


def test_a_sobol_draw_goes_as_a_whole(solver: Solver) -> None:
    inputs = {"minimum": independent(stats.uniform(0.0, 50.0))}
    with pytest.warns(FailedDraws):
        found = analyse(solver, inputs, levels(solver), Sobol(32), retry=False)
    blocks = found.solved.reshape(-1, 4).all(axis=1)
    assert found.indices().attrs["base_draws"] == blocks.sum() < 32


def test_what_newton_misses_goes_through_the_other_attempts() -> None:
    hasty = Solver(orchard(), route="dense", options=Options(rounds=2))
    inputs = {"capital": stats.uniform(1.0, 3.0)}
    changes = {"sigma": 0.3}
    with pytest.warns(FailedDraws):
        lost = analyse(hasty, inputs, levels(hasty), MonteCarlo(2), changes=changes, retry=False)
    found = analyse(hasty, inputs, levels(hasty), MonteCarlo(2), changes=changes)
    assert len(lost.failed) == 2
    assert not found.failed
    assert found.data["level"].notnull().all()


def test_impossible_draws_are_refused_with_their_distribution(solver: Solver) -> None:
    inputs = {("sigma", "food"): stats.norm(0.2, 0.5), "labour": stats.norm(40.0, 1.0)}
    with pytest.raises(
        DeclarationError,
        match=r"draw \d+ of 50 is impossible.*sigma\[food\] = -.*norm\(0\.2, 0\.5\); truncate",
    ):
        analyse(solver, inputs, levels(solver), MonteCarlo(50))
    owed = {"labour": stats.norm(0.0, 20.0)}  # nobody has labour, and activities need it
    with pytest.raises(DeclarationError, match=r"draw \d of 9 .*market PL.*labour = -.*truncate"):
        analyse(solver, owed, levels(solver), MonteCarlo(9))


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "no parameter is named"),
        ({"sigma": stats.norm(1, 0.1)}, r"sigma has 2 members; say whether they move together"),
        ({"sigmo": stats.norm(1, 0.1)}, r"unknown parameter 'sigmo'.*sigma"),
        ({("sigma", "wine"): stats.norm(1, 0.1)}, r"no 'i' \['wine'\].*known are food, cloth"),
        ({("sigma", ("food", None)): stats.norm(1, 0.1)}, "by 1 labels"),
        ({("labour", "food"): stats.norm(1, 0.1)}, "by 0 labels"),
        ({"labour": 3.0}, "no frozen distribution of scipy.stats"),
        ({"labour": stats.norm(1, -1)}, r"norm\(1, -1\) has mean nan"),
        ({"labour": stats.cauchy(1, 1)}, "no finite spread"),
        ({"sigma": independent(stats.norm([1, 2, 3], 1))}, r"shape \(3,\) where \(2,\)"),
        (
            {"sigma": common(stats.norm(1, 0.1)), ("sigma", "food"): stats.norm(1, 0.1)},
            r"sigma and sigma\[food\] set the same member",
        ),
    ],
)
def test_ambiguous_inputs_are_refused(
    solver: Solver, inputs: dict[object, object], message: str
) -> None:
    with pytest.raises(DeclarationError, match=message):
        analyse(solver, inputs, levels(solver), MonteCarlo(2))


@pytest.mark.parametrize(
    ("method", "correlation", "message"),
    [
        ("sobol", None, "'sobol' is no method"),
        (MonteCarlo, None, "is no method"),
        (MonteCarlo(1), None, "draw at least two"),
        (MonteCarlo(1e3), None, r"1000\.0 draws: give a whole number"),  # type: ignore[arg-type]
        (MonteCarlo(4), {("labour", "sigma"): 0.5}, "'sigma' is no entry that is drawn"),
        (MonteCarlo(4), {("labour", "capital"): 1.5}, "between -1 and 1"),
        (MonteCarlo(4), {("labour", "capital"): 1.0}, "inputs repeat each other"),
        (MonteCarlo(4), pd.DataFrame([[1.0]], ["labour"], ["labour"]), "'capital'"),
        (Sobol(100), None, "no power of two; take 128"),
        (Sobol(64), {("labour", "capital"): 0.5}, "independent inputs"),
        (ProductQuadrature(200), None, "40000 points"),
    ],
)
def test_impossible_methods_are_refused(
    solver: Solver, method: object, correlation: object, message: str
) -> None:
    with pytest.raises(DeclarationError, match=message):
        analyse(solver, FACTORS, levels(solver), method, correlation=correlation)


def test_outputs_are_checked_before_anything_is_solved(solver: Solver) -> None:
    wage = solver.model.commodities["PK"]
    for outputs, message in (
        ({}, "no output is named"),
        ([wage], "outputs are a mapping from names"),
        ({"x": lambda state: state.price(solver.model.commodities["P"])}, r"gives shape \(2,\)"),
        ({"x": lambda state: float(state.price(wage))}, "with jax.numpy in place"),
        ({"x": 3.0}, "no handle and no function"),
    ):
        with pytest.raises(DeclarationError, match=message):
            analyse(solver, FACTORS, outputs, MonteCarlo(2))


def test_the_package_is_imported_when_it_is_used() -> None:
    code = (
        "import sys, cge; assert 'cge.sensitivity' not in sys.modules; "
        "assert 'sensitivity' in dir(cge); print(cge.sensitivity.analyse.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "analyse"
