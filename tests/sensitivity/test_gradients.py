"""Gradients in labels, against closed forms, central differences and homogeneity."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from cge.equilibrium import Equilibrium, NotSolved, Solver
from cge.language import DeclarationError, Model, ces, cobb_douglas
from cge.sensitivity import Gradients, gradients
from tests.sensitivity.models import SHARE

SHOCK = {"labour": 55.0, "sigma": ("i", [0.5, 1.7]), "skill": ("i", [1.1, 0.9])}


@pytest.fixture(scope="module")
def at(solver: Solver) -> Equilibrium:
    return solver.solve(SHOCK)


@pytest.fixture(scope="module")
def found(solver: Solver, at: Equilibrium) -> Gradients:
    model = solver.model
    HH = model.agents["HH"]
    outputs = {
        "level": model.activities["Y"],
        "rental": model.commodities["PK"],
        "bought": ("i", lambda state: state.quantity(HH, "P") / 40.0),
    }
    return gradients(solver, outputs, at)


def test_gradients_equal_central_differences(
    solver: Solver, at: Equilibrium, found: Gradients
) -> None:
    step = 1e-5
    for name in ("labour", "capital", "sigma", "skill", "minimum"):
        base = np.asarray(at.values[name])
        slopes = found.of("level", name)
        for member in np.ndindex(base.shape):
            ends = []
            for sign in (1.0, -1.0):
                moved = np.array(base)
                moved[member] += sign * step
                ends.append(solver.solve({**SHOCK, name: moved}).level("Y").values)
            expected = (ends[0] - ends[1]) / (2 * step)
            np.testing.assert_allclose(slopes.values[(..., *member)], expected, atol=2e-8)


def test_labels_tell_output_and_parameter_apart(found: Gradients) -> None:
    slopes = found.of("level", "sigma")
    assert slopes.dims == ("i", "parameter_i")
    assert list(slopes["parameter_i"].values) == ["food", "cloth"]
    assert found.of("rental", "labour").shape == ()
    np.testing.assert_allclose(found.of("bought", "skill"), found.of("level", "skill"), atol=1e-12)


def test_elasticities_of_a_cobb_douglas_economy_are_its_shares(solver: Solver) -> None:
    table = gradients(solver, {"level": solver.model.activities["Y"]}).table()
    elasticity = table.set_index(["output", "parameter"])["elasticity"]
    for good, share in zip(["food", "cloth"], SHARE, strict=True):
        assert elasticity[f"level[{good}]", "labour"] == pytest.approx(share)
        assert elasticity[f"level[{good}]", "capital"] == pytest.approx(1 - share)
        assert elasticity[f"level[{good}]", f"sigma[{good}]"] == pytest.approx(0.0, abs=1e-9)
    sizes = table[table["output"] == "level[food]"]["elasticity"].abs().to_numpy()
    assert (np.diff(sizes) <= 0).all()


def test_doubling_all_factors_doubles_levels(at: Equilibrium, found: Gradients) -> None:
    """Euler's theorem: levels are homogeneous of degree one in the endowments."""
    total = sum(found.of("level", k) * at.values[k] for k in ("labour", "capital"))
    np.testing.assert_allclose(total, found.outputs["level"], rtol=1e-9)


def test_a_table_leaves_out_what_hardly_matters(found: Gradients) -> None:
    full, short = found.table(), found.table(least=0.1)
    assert 0 < len(short) < len(full)
    assert (short["elasticity"].abs() >= 0.1).all()


def test_what_is_no_equilibrium_has_no_gradient(solver: Solver, found: Gradients) -> None:
    level = {"level": solver.model.activities["Y"]}
    lost = solver.newton(solver.model.values(minimum=60.0))
    with pytest.raises(NotSolved):
        gradients(solver, level, lost)
    with pytest.raises(DeclarationError, match="no output 'wage'; outputs are level, rental"):
        found.of("wage", "labour")
    with pytest.raises(DeclarationError, match="unknown parameter 'labor'"):
        found.of("level", "labor")


def test_a_batch_of_solutions_needs_no_jit(solver: Solver) -> None:
    """What is not solved is not a number, and leaves the others alone."""
    values = solver.model.values()
    batch = jax.vmap(lambda k: solver.solution({**values, "capital": k})["p:PK"])
    capital = np.array([30.0, 50.0, -1.0])
    found = np.exp(batch(capital))
    expected = [solver.solve(capital=k).price("PK").item() for k in capital[:2]]
    np.testing.assert_allclose(found[:2], expected, rtol=1e-9)
    assert np.isnan(found[2])


def test_shares_that_moved_together_have_derivatives_each() -> None:
    """Both are asked where they sum to one, not beside the other's value of the benchmark."""
    m = Model("gifts", i=["a", "b"])
    P, L = m.commodity("P", "i"), m.commodity("L")
    m.activity("Y", "i", makes=P["i"](1.0), uses=ces(0.5, L[""](1.0)))
    first, second, fund = m.agent("first"), m.agent("second"), m.agent("fund")
    shares = [m.parameter(name, "", 0.5) for name in ("to_first", "to_second")]
    fund.owns(L[""], 2.0).gives(shares[0], first[""]).gives(shares[1], second[""])
    first.spends(cobb_douglas(P["i"]([0.9, 0.1])))
    second.spends(cobb_douglas(P["i"]([0.1, 0.9])))
    m.numeraire(L)
    solver = Solver(m)
    there = solver.solve({"to_first": 0.8, "to_second": 0.2})
    found = gradients(solver, {"a": m.activities["Y"]}, there)
    slopes = [found.of("a", name).sel(i="a").item() for name in ("to_first", "to_second")]
    assert slopes == pytest.approx([2.0 * 0.9, 2.0 * 0.1])
