"""What is measured, one function each; every function returns its ratios.

"One solve" is from the benchmark to a cap of half of base-year emissions. All numbers are warm:
compiled code is ready, parameters are on the device. Each yardstick is measured in the same process
right beside the thing. What one process computes is measured in its processor time (``cpu``), which
other work on the machine disturbs least.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.balancing import balancing
from benchmarks.first import first_solve
from benchmarks.national import national
from benchmarks.peers import peers
from benchmarks.synthetic import synthetic
from benchmarks.timing import Ratio, best, cpu, factorisation, peak_memory, side_by_side
from cge.equilibrium import Equilibrium, Solver
from cge.equilibrium.conditions import LEVEL_WEIGHT
from cge.equilibrium.sensitivity import gradient
from cge.m3c import Economy, declare
from cge.m3c.carbon import claims, membership
from cge.m3c.check import setting_of
from cge.path import accept, begin, opened, prepare, run, solve
from cge.scenario import load_scenario

YEARS = 41

MOST_OF_A_RUN = 648.0
"""Most that ``cge run`` may take, as a multiple of LU(825)."""


def half_cap() -> tuple[Economy, Solver, dict[str, Any]]:
    """M3C on the embedded dataset with one pool at half of base-year emissions."""
    setting = setting_of("yrd2020")
    structure = replace(setting.structure(), closure=())
    economy = declare(setting.benchmark, setting.assumptions.removal, structure)
    members, owned = claims(
        setting.benchmark.emissions.direct[:, None], membership(setting), np.array([0.5])
    )
    carbon = economy.carbon
    values = economy.model.values({carbon.permits.members: members, carbon.cap: owned})
    return economy, Solver(economy.model), on_device(values)


def on_device(values: dict[str, Any]) -> dict[str, Any]:
    """Parameters as arrays of the engine."""
    return {name: jnp.asarray(value) for name, value in values.items()}


def solve_once(solver: Solver, values: dict[str, Any]) -> Any:
    """One warm solve from the benchmark; asserts that it converged."""
    result = solver.iterate(solver.start, values, LEVEL_WEIGHT)
    jax.block_until_ready(result.worst)
    assert bool(solver.accepts(result)), f"not solved: worst residual {float(result.worst):.1e}"
    return result


def m3c_path() -> list[Ratio]:
    """The solves of the main scenario's 41 years, each as a run solves it."""
    scenario = load_scenario("enhanced_carbon_neutrality")
    current = begin(prepare(scenario, baseline=run(scenario.baseline())))
    years = []
    for year in current.setting.years:
        at = opened(current, year)
        years.append((at, current.progress))
        accept(current, at, solve(current, at))

    def walk() -> None:
        for at, before in years:
            current.progress = before
            solve(current, at)

    took, unit = side_by_side(walk, 825)
    return [Ratio("path of 41 years, M3C 5x40", took, unit, "LU(825)", limit=40)]


@jax.jit
def _extrapolate(before: Any, now: Any) -> Any:
    return jax.tree.map(lambda a, b: 2.0 * b - a, before, now)


def _ahead(points: list[Any]) -> Any:
    return _extrapolate(points[-2], points[-1])


def m3c_gradient() -> list[Ratio]:
    """The gradient of one year's welfare with respect to all parameters, against one solve."""
    economy, solver, values = half_cap()
    unknowns = solve_once(solver, values).unknowns

    def welfare(state: Any) -> Any:
        return economy.households.discretionary(state).sum()

    pull = gradient(solver, welfare)
    jax.block_until_ready(pull(unknowns, values))
    count = sum(int(np.size(v)) for v in values.values())
    one = best(lambda: solve_once(solver, values), clock=cpu)
    took = best(lambda: jax.block_until_ready(pull(unknowns, values)), clock=cpu)
    name = f"gradient of welfare in {count} parameters"
    return [Ratio(name, took, one, "one solve", limit=0.25)]


def second_run() -> list[Ratio]:
    """A scenario run again on the same compiled model, against the solve of a year."""
    scenario = load_scenario("enhanced_carbon_neutrality").model_copy(update={"last": 2030})
    baseline = run(scenario.baseline())
    run(scenario, baseline=baseline)
    current = begin(prepare(scenario, baseline=baseline))
    at = opened(current, 2020)
    accept(current, at, solve(current, at))
    later = opened(current, 2021)
    year = best(lambda: solve(current, later))
    took = best(lambda: run(scenario, baseline=baseline))
    return [Ratio("second run of 11 years, M3C 5x40", took, year, "one warm year", limit=25)]


def multiregional() -> list[Ratio]:
    """One solve of a synthetic economy of 6 regions and 40 sectors."""
    solver, values = _synthetic(6, 40)
    solve_once(solver, values)
    unknowns = sum(int(np.size(v)) for v in solver.start.values())
    took, unit = side_by_side(lambda: solve_once(solver, values), 240, 15)
    name = f"one solve of {unknowns} unknowns (6x40)"
    return [Ratio(name, took, 2.0 * unit, "a pair of LU(240)", limit=6)]


def _synthetic(regions: int, sectors: int) -> tuple[Solver, dict[str, Any]]:
    model = synthetic(regions, sectors)
    cap = 0.05 * model.parameters["cap"].value  # permits are ten times base-year emissions
    return Solver(model), on_device(model.values(cap=cap))


def compilation() -> list[Ratio]:
    """Time to trace and compile, by number of sectors, without the cache on disk."""
    times = {}
    with _no_cache():
        for sectors in (10, 20, 40, 80):
            solver, values = _synthetic(5, sectors)
            begin = time.perf_counter()
            solver.iterate.lower(solver.start, values, LEVEL_WEIGHT).compile()
            times[sectors] = time.perf_counter() - begin
    middle = float(np.mean(list(times.values())))
    return [
        Ratio(f"compile with {n} sectors", t, middle, "the mean", limit=1.3, at_least=0.7)
        for n, t in times.items()
    ]


class _no_cache:
    """Compile for real within the block."""

    def __enter__(self) -> None:
        jax.config.update("jax_enable_compilation_cache", False)

    def __exit__(self, *_: object) -> None:
        jax.config.update("jax_enable_compilation_cache", True)


def large() -> list[Ratio]:
    """31 regions and 42 sectors: one solve, then 41 years of a falling cap, and the memory."""
    solver, values = _synthetic(31, 42)
    solve_once(solver, values)
    cap = np.asarray(values["cap"])
    years = [{**values, "cap": jnp.asarray(s * cap)} for s in np.linspace(2.0, 0.6, YEARS)]

    def walk() -> None:
        points: list[Any] = [solver.start]
        factors = None
        for year in years:
            guess = _ahead(points) if len(points) > 2 else points[-1]
            step = solver.newton(year, guess, factors=factors, keep=True)
            points.append(step.unknowns)
            factors = step.factors
            assert step.solved, f"31x42: worst residual {step.worst:.1e}"

    walk()
    one, unit = side_by_side(lambda: solve_once(solver, values), 1302, 3)
    path, other = side_by_side(walk, 1240, 2)
    ratios = [
        Ratio("one solve, 31x42", one, unit, "LU(1302)", limit=60),
        Ratio("path of 41 years, 31x42", path, other, "LU(1240)", limit=120),
    ]
    memory = Ratio(
        "memory of the process, 31x42", peak_memory(), 1.0, "one GB", limit=4, shown=("GB", 1.0)
    )
    return [*ratios, memory]


def against_ipopt() -> list[Ratio]:
    """The same equilibrium of M3C by Ipopt on the same conditions."""
    _, solver, values = half_cap()
    ours = solver.newton(values)
    one = best(lambda: solve_once(solver, values))
    solver.ipopt(values)  # compiles its derivatives
    begin = time.perf_counter()
    theirs = solver.ipopt(values)
    took = time.perf_counter() - begin
    print(
        f"     Ipopt ({theirs.route}): {theirs}, largest difference {_distance(ours, theirs):.1e}"
    )
    return [Ratio("M3C by Ipopt", took, one, "one solve of ours", at_least=100)]


def _distance(first: Equilibrium, second: Equilibrium) -> float:
    gaps = [
        np.abs(first.unknowns[key] - second.unknowns[key]).max(initial=0.0)
        for key in first.unknowns
        if key[0] in "py"
    ]
    return float(max(gaps))


def command_line() -> list[Ratio]:
    """``cge --help``, and ``cge run`` with a filled cache and no plots, in processor time."""
    program = [str(Path(sys.executable).with_name("cge"))]
    help_time = best(lambda: _call([*program, "--help"]), 5)
    with tempfile.TemporaryDirectory() as folder:
        run = [*program, "run", "--no-plots", "--out", folder]
        _call(run)
        begin = _of_children()
        _call(run)
        took = _of_children() - begin
    unit = factorisation(825, clock=time.process_time)
    return [
        Ratio("cge --help", help_time, 1.0, "one second", limit=0.5),
        Ratio("cge run", took, unit, "LU(825)", limit=MOST_OF_A_RUN),
    ]


def _of_children() -> float:
    """Processor time of the processes that were waited for, seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _call(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)


CASES = {
    "path": m3c_path,
    "second_run": second_run,
    "gradient": m3c_gradient,
    "multiregional": multiregional,
    "compilation": compilation,
    "large": large,
    "ipopt": against_ipopt,
    "command": command_line,
    "first": first_solve,
    "peers": peers,
    "balancing": balancing,
    "national": national,
}
