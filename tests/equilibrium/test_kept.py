"""Machine code that is kept between runs: of this model and no other, or compiled anew."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import types
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from cge.equilibrium import Options, Solver, benchmark, solver
from cge.equilibrium import kept as keeping
from cge.equilibrium.cache import compilation_told
from cge.equilibrium.conditions import LEVEL_WEIGHT
from cge.equilibrium.fingerprint import Unknowable, fingerprint
from cge.language import Model, add, ces, cobb_douglas, scale, shift

TARGET = 1.0
RATE = ("i", [0.3, 0.0])


def helper(state: Any) -> Any:
    """What a condition refers to by name."""
    return state.model.commodities["W"]


def economy(**changes: Any) -> Model:
    """Two goods from labour, wages above a minimum: employment gives way."""
    said: dict[str, Any] = {
        "labels": ["a", "b"],
        "elasticity": 0.5,
        "price": "P",
        "uses": 10.0,
        "tax": True,
        "may_be_zero": None,
        "latent": None,
        "rule": scale,
        "lower": -1.0,
        "upper": 0.0,
        "until": condition(0.0),
        "numeraire": "P",
        **changes,
    }
    m = Model("economy", i=said["labels"])
    P, W = m.commodity(said["price"], "i"), m.commodity("W")
    Z = m.commodity("Z", may_be_zero=said["may_be_zero"])
    H = m.agent("H")
    rate = m.parameter("rate", "i", 0.0)
    taxes = [rate.to(H[""])] if said["tax"] else []
    m.activity("Y", "i", makes=P["i"](said["uses"]), uses=W[""](said["uses"]))
    m.activity("Q", makes=Z[""](1.0), uses=W[""](1.0), latent=said["latent"])
    size = len(said["labels"]) * said["uses"] + (said["latent"] is None)
    supply = m.parameter("supply", "", size)
    H.owns(W[""], supply)
    goods = ces(said["elasticity"], P["i"](said["uses"], taxes=taxes))
    if said["latent"] is None:
        goods = cobb_douglas(goods, Z[""](1.0))
    H.spends(goods)
    m.auxiliary(
        "employment",
        moves={supply: said["rule"]},
        until=said["until"],
        lower=said["lower"],
        upper=said["upper"],
    )
    m.numeraire(m.commodities[said["numeraire"]], drop=W)
    return m


def condition(target: float) -> Callable[[Any], Any]:
    """A real wage of one, of at least which there is unemployment."""
    return lambda state: 1.0 - state.price(helper(state)) + target


def with_global(state: Any) -> Any:
    return TARGET - state.price(helper(state))


def with_default(state: Any, target: float = 1.0) -> Any:
    return target - state.price(helper(state))


class Wage:
    """A condition of a class."""

    aim = 1.0

    def __init__(self, aim: float = 1.0) -> None:
        self.own = aim

    def gap(self, state: Any) -> Any:
        return self.aim * self.own - state.price(helper(state))


def key(m: Model, *more: Any) -> str:
    """The fingerprint of a model as a solver asks for it."""
    m.freeze()
    return fingerprint(m, *more)


def adding(m: Model) -> Model:
    """A model with a rule that reads a parameter."""
    amounts = m.parameter("amounts", "", 3.0)
    m.auxiliary("more", moves={m.parameters["rate"]: add(amounts)}, until=condition(0.0))
    return m


CHANGES: dict[str, dict[str, Any]] = {
    "labels": {"labels": ["a", "c"]},
    "more labels": {"labels": ["a", "b", "c"]},
    "elasticity": {"elasticity": 0.6},
    "elasticity that is nearly the same": {"elasticity": np.nextafter(0.5, 1.0)},
    "name": {"price": "PP", "numeraire": "PP"},
    "tax": {"tax": False},
    "price may be zero": {"may_be_zero": 0.2, "latent": 1.0},
    "latent": {"latent": 1.0},
    "scale of a latent level": {"latent": 2.0},
    "rule": {"rule": shift},
    "no lower bound": {"lower": None},
    "no upper bound": {"upper": None},
    "what a condition closes over": {"until": condition(0.1)},
    "another condition": {"until": with_global},
    "a default": {"until": with_default},
    "a partial": {"until": functools.partial(with_default, target=1.0)},
    "another partial": {"until": functools.partial(with_default, target=2.0)},
    "a method": {"until": Wage().gap},
    "a method of another object": {"until": Wage(2.0).gap},
    "numeraire": {"numeraire": "W"},
}


def test_what_is_said_differently_has_another_fingerprint() -> None:
    found = {"as it is": key(economy())}
    found |= {name: key(economy(**change)) for name, change in CHANGES.items()}
    found["a rule that reads"] = key(adding(economy()))
    assert len(set(found.values())) == len(found)


def test_said_again_it_has_the_same() -> None:
    assert key(economy()) == key(economy())
    assert key(adding(economy())) == key(adding(economy()))
    for change in CHANGES.values():
        assert key(economy(**change)) == key(economy(**change))


def test_options_and_plan_count() -> None:
    m = economy()
    keys = [key(m, plan, options) for plan in (None, ("y",)) for options in (Options(), Options(1))]
    assert len(set(keys)) == 4


def test_numbers_do_not_count_but_where_a_function_may_read_them() -> None:
    def reading(m: Model) -> Model:
        rate = m.parameters["rate"]
        m.auxiliary("more", moves={rate: shift}, until=lambda state: rate.value.sum())
        return m

    other = economy(uses=20.0)
    assert key(economy()) == key(other)
    changed = economy()
    changed.parameters["rate"].value[:] = 0.1
    assert key(reading(economy())) != key(reading(changed))


def test_what_a_function_refers_to_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: key(economy(until=until)) for name, until in REFERRING.items()}
    monkeypatch.setitem(globals(), "TARGET", 2.0)
    monkeypatch.setitem(globals(), "helper", lambda state: state.model.commodities["Z"])
    monkeypatch.setattr(Wage, "aim", 2.0)
    for name, until in REFERRING.items():
        assert key(economy(until=until)) != before[name], name


REFERRING: dict[str, Callable[[Any], Any]] = {
    "a number": with_global,
    "a function": condition(0.0),
    "a class": Wage().gap,
}


def test_the_module_of_a_user_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def referring(source: str, value: float) -> Callable[[Any], Any]:
        file = tmp_path / "mine.py"
        file.write_text(source)
        mine = types.ModuleType("mine")
        mine.__file__, mine.rate = str(file), value  # type: ignore[attr-defined]
        monkeypatch.setitem(globals(), "mine", mine)
        return lambda state: mine.rate - state.price(helper(state))  # type: ignore[attr-defined]

    keys = [key(economy(until=referring(s, v))) for s, v in (("a", 1), ("b", 1), ("a", 2))]
    assert len(set(keys)) == 3


def importing(state: Any) -> Any:
    from mine import rate

    return rate - state.price(helper(state))


STREAM = (number for number in (1.0, 2.0))

HIDING: dict[str, Callable[[Any], Any]] = {
    "open": lambda state: float(open("x").read()),  # noqa: SIM115
    "getattr": lambda state: getattr(state, "price")(helper(state)),  # noqa: B009
    "globals": lambda state: globals()["TARGET"],
    "a generator": lambda state: next(STREAM),
    "time": lambda state: __import__("time").time(),
    "random": lambda state: np.random.default_rng().uniform(),
    "import": importing,
}


@pytest.mark.parametrize("what", sorted(HIDING))
def test_what_can_reach_anything_has_no_fingerprint(what: str) -> None:
    with pytest.raises(Unknowable):
        key(economy(until=HIDING[what]))


@pytest.mark.parametrize("change", ["as it is", "price may be zero"])
def test_a_trace_rests_on_no_value_of_a_parameter(change: str) -> None:
    said = CHANGES.get(change, {})
    programs = []
    for uses in (10.0, 20.0):
        m = economy(uses=uses, **said)
        point, values = benchmark(m).unknowns, m.values()
        newton = solver.make_newton(m, *parts(m), Options())
        programs.append(str(jax.make_jaxpr(newton)(point, values, LEVEL_WEIGHT)))
    assert programs[0] == programs[1]


def parts(m: Model) -> tuple[Any, Any]:
    """Axes and dense route of a model."""
    ready = Solver(m, route="dense")
    return ready.axes, ready.route


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programs")


def arguments(ready: Solver) -> Any:
    """Arguments of the loop, as a solver hands them over."""
    return jax.tree.map(np.asarray, (ready.start, ready.complete(ready.base), LEVEL_WEIGHT))


@pytest.fixture
def kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the economy's program, solved once before."""
    monkeypatch.setattr(keeping, "kept_in", lambda: folder)
    ready = Solver(economy(), route="dense")
    file = ready.iterate._file(arguments(ready))
    assert file is not None
    if not file.exists():
        ready.solve(rate=RATE)
    return file


def test_a_later_solver_traces_nothing(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Solver(economy(), route="dense", options=Options()).solve(rate=RATE)

    def traced(*_: Any) -> Any:
        raise AssertionError("traced anew")

    monkeypatch.setattr(solver, "make_newton", lambda *_: traced)
    again = Solver(economy(), route="dense").solve(rate=RATE)
    assert again.solved
    for name, value in first.unknowns.items():
        np.testing.assert_array_equal(value, again.unknowns[name])


def test_so_is_the_way_to_given_residuals(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, again = (Solver(economy(), route="dense") for _ in range(2))
    values = changed(first)
    residual = first.state(first.start, values).residual
    left = {key: 0.5 * np.asarray(value) for key, value in residual.items()}
    wanted = first.newton_beside(values, first.start, left)
    assert wanted.solved
    for key, value in wanted.state.residual.items():
        np.testing.assert_allclose(value, left[key], atol=1e-9)

    def compiled(*_: Any, **__: Any) -> Any:
        raise AssertionError("compiled anew")

    monkeypatch.setattr(keeping, "lowered", compiled)
    found = again.newton_beside(values, again.start, left)
    for name, value in wanted.unknowns.items():
        np.testing.assert_array_equal(value, found.unknowns[name])


def test_a_program_of_another_model_is_noticed(kept: Path) -> None:
    before = set(kept.parent.iterdir())
    other, ready = (Solver(economy(elasticity=2.0), route="dense") for _ in range(2))
    wanted = ready.newton(changed(ready))
    (place,) = set(kept.parent.glob("newton-*")) - before
    place.unlink()
    place.write_bytes(kept.read_bytes())
    with pytest.warns(UserWarning, match="it is of another model"):
        found = other.newton(changed(other))
    assert found.solved
    assert found.state.residual["m:H"] == pytest.approx(0.0, abs=1e-9)
    for name, value in wanted.unknowns.items():
        np.testing.assert_allclose(value, found.unknowns[name], atol=1e-9)
    place.unlink()


def changed(ready: Solver) -> dict[str, Any]:
    """Parameters at which the two goods differ."""
    return {**ready.base, "rate": np.array([0.3, 0.0])}


@pytest.mark.parametrize("content", [b"", b"foreign", None])
def test_a_damaged_or_foreign_file_is_told_and_replaced(kept: Path, content: bytes | None) -> None:
    sound = kept.read_bytes()
    kept.write_bytes(sound[:-10] if content is None else content)
    told: list[str] = []
    with compilation_told(told.append):
        assert Solver(economy(), route="dense").solve(rate=RATE).solved
    assert len(told) == 1
    assert "could not be used or kept (it is damaged)" in told[0]
    assert len(kept.read_bytes()) > 1000
    assert not list(kept.parent.glob(".*"))


def test_other_arguments_have_a_program_of_their_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "kept_in", lambda: folder)

    def total(table: dict[str, Any]) -> Any:
        return sum(value.sum() for value in table.values())

    for _ in range(2):
        summing = keeping.Kept("total", total, (), 1, lambda *_: True)
        assert float(summing({"x": np.ones(2)})) == 2.0
        assert float(summing({"x": np.ones(2), "y": np.ones(3)})) == 5.0
        assert float(summing({"x": np.ones(4)})) == 4.0
    assert len(list(folder.glob("total-*"))) == 3


def test_what_has_no_fingerprint_is_solved_all_the_same(kept: Path) -> None:
    before = set(kept.parent.iterdir())
    until: Any = lambda state: 1.0 - getattr(state, "price")(helper(state))  # noqa: B009, E731
    assert Solver(economy(until=until), route="dense").solve(rate=RATE).solved
    assert set(kept.parent.iterdir()) == before


def test_a_solver_with_a_folder_that_is_full_solves(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "kept_in", lambda: Path("/proc/nowhere"))
    with pytest.warns(UserWarning, match="Error writing"):
        assert Solver(economy(), route="dense").solve(rate=RATE).solved


def test_an_edit_that_leaves_the_program_as_it_is_compiles_nothing(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compiled(*_: Any, **__: Any) -> Any:
        raise AssertionError("compiled anew")

    monkeypatch.setattr(keeping, "compiled", compiled)
    monkeypatch.setattr(keeping, "fingerprint", lambda *_: "edited")
    assert Solver(economy(), route="dense").solve(rate=RATE).solved
    place = kept.with_name("newton-edited.code")
    assert place.samefile(kept)
    place.unlink()


def test_code_of_another_program_is_noticed(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (twin,) = (file for file in kept.parent.glob("program-*") if file.samefile(kept))
    content = twin.read_bytes()
    monkeypatch.setattr(keeping, "fingerprint", lambda *_: "edited")
    monkeypatch.setattr(keeping, "settings", lambda: "others")
    assert Solver(economy(), route="dense").solve(rate=RATE).solved
    place = kept.with_name("newton-edited.code")
    (other,) = (file for file in kept.parent.glob("program-*") if file.samefile(place))
    assert other != twin
    for file in (place, other):
        file.unlink()
    other.write_bytes(content)
    with pytest.warns(UserWarning, match="it is of another program"):
        assert Solver(economy(), route="dense").solve(rate=RATE).solved
    for file in (place, other):
        file.unlink()


def test_settings_of_the_compiler_count(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = Solver(economy(), route="dense")
    assert ready.iterate._file(arguments(ready)) == kept
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=true")
    assert ready.iterate._file(arguments(ready)) != kept
    monkeypatch.delenv("XLA_FLAGS")
    jax.config.update("jax_default_matmul_precision", "highest")
    try:
        assert ready.iterate._file(arguments(ready)) != kept
    finally:
        jax.config.update("jax_default_matmul_precision", None)


def test_code_that_calls_python_is_not_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "kept_in", lambda: folder)
    heard: list[float] = []

    def hears(x: Any) -> Any:
        jax.debug.callback(lambda value: heard.append(float(value)), x.sum(), ordered=True)
        return x.sum()

    before = set(folder.iterdir())
    summing = keeping.Kept("hears", hears, (), 1, lambda *_: True)
    assert float(summing(np.ones(2))) == 2.0
    jax.effects_barrier()
    assert heard == [2.0]
    assert set(folder.iterdir()) == before


LOADS = """
import sys
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location(*sys.argv[1:])
module = module_from_spec(spec)
sys.modules[spec.name] = module
spec.loader.exec_module(module)
import numpy as np
from cge.equilibrium import Solver, kept
def compiled(*_, **__):
    raise AssertionError("compiled anew")
kept.compiled = kept.lowered = compiled
found = Solver(module.plain(), route="dense").solve(rate=("i", [0.3, 0.0]))
print(repr(float(found.unknowns["p:W"])))
"""


def plain() -> Model:
    """The economy with a condition that refers to nothing of this module."""
    return economy(until=lambda state: 1.0 - state.price("W"))


def test_another_process_loads_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "kept_in", lambda: None)
    Solver(plain(), route="dense").solve(rate=RATE)  # JAX keeps it too
    monkeypatch.setattr(keeping, "kept_in", lambda: folder)
    found = Solver(plain(), route="dense").solve(rate=RATE)
    done = subprocess.run(
        [sys.executable, "-c", LOADS, __name__, __file__],
        env={**os.environ, "JAX_COMPILATION_CACHE_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert float(done.stdout) == float(found.unknowns["p:W"])


def test_options_of_another_solver_give_another_program(kept: Path) -> None:
    m = economy()
    ready = [
        Solver(m, route="dense", options=replace(Options(), rounds=rounds)) for rounds in (50, 60)
    ]
    assert len({one.iterate._file(arguments(one)) for one in ready}) == 2
