"""The standard CGE in Pyomo, solved by Ipopt as a square system from the benchmark."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from book import ETA, FACTORS, GOODS, PHI, answer, coefficients, skip


def build(p: Any, c: dict[str, Any]) -> Any:
    """The equations of the book as a model of Pyomo; labour's wage is the numeraire."""
    m = p.ConcreteModel()
    for name in ("Y", "Z", "E", "D", "M", "Q", "Xp", "Xg", "Xv"):
        start = c[f"{name}0"]
        setattr(m, name, p.Var(GOODS, initialize=start, bounds=(1e-6, None)))
    m.F = p.Var(FACTORS, GOODS, initialize=c["F0"], bounds=(1e-6, None))
    for name in ("py", "pz", "pd", "pq"):
        setattr(m, name, p.Var(GOODS, initialize=1.0, bounds=(1e-6, None)))
    m.pf = p.Var(FACTORS, initialize=1.0, bounds=(1e-6, None))
    m.epsilon = p.Var(initialize=1.0, bounds=(1e-6, None))
    m.pf["LAB"].fix(1.0)

    earned = sum(m.pf[h] * c["FF"][h] for h in FACTORS)
    taxes = sum(c["tauz"][j] * m.pz[j] * m.Z[j] for j in GOODS)
    taxes += sum(c["taum"][i] * m.epsilon * m.M[i] for i in GOODS)
    collected = c["taud"] * earned + taxes
    saved = c["ssp"] * earned + c["ssg"] * collected + m.epsilon * c["Sf"]
    budgets = (
        (m.Xp, c["alpha"], (1 - c["ssp"] - c["taud"]) * earned),
        (m.Xg, c["mu"], (1 - c["ssg"]) * collected),
        (m.Xv, c["lambda"], saved),
    )
    eq = m.equations = p.ConstraintList()
    for j in GOODS:
        eq.add(m.Z[j] * c["ay"][j] == m.Y[j])
        eq.add(m.pz[j] == c["ay"][j] * m.py[j] + sum(c["ax"][i, j] * m.pq[i] for i in GOODS))
        inputs = c["b"][j]
        for h in FACTORS:
            eq.add(m.F[h, j] * m.pf[h] == c["beta"][h, j] * m.py[j] * m.Y[j])
            inputs = inputs * m.F[h, j] ** c["beta"][h, j]
        eq.add(m.Y[j] == inputs)
    for i in GOODS:
        dm, xe = c["deltam"][i], c["xie"][i]
        g, t = c["gamma"][i] ** ETA, c["theta"][i] ** PHI
        made = (1 + c["tauz"][i]) * m.pz[i]
        eq.add(m.Q[i] ** ETA == g * (dm * m.M[i] ** ETA + (1 - dm) * m.D[i] ** ETA))
        cost = (1 + c["taum"][i]) * m.epsilon
        eq.add(m.M[i] ** (1 - ETA) * cost == g * dm * m.pq[i] * m.Q[i] ** (1 - ETA))
        eq.add(m.D[i] ** (1 - ETA) * m.pd[i] == g * (1 - dm) * m.pq[i] * m.Q[i] ** (1 - ETA))
        eq.add(m.Z[i] ** PHI == t * (xe * m.E[i] ** PHI + (1 - xe) * m.D[i] ** PHI))
        eq.add(m.epsilon * m.Z[i] ** (PHI - 1) == t * xe * made * m.E[i] ** (PHI - 1))
        eq.add(m.pd[i] * m.Z[i] ** (PHI - 1) == t * (1 - xe) * made * m.D[i] ** (PHI - 1))
        for bought, share, budget in budgets:
            eq.add(m.pq[i] * bought[i] == share[i] * budget)
        used = sum(c["ax"][i, j] * m.Z[j] for j in GOODS)
        eq.add(m.Q[i] == m.Xp[i] + m.Xg[i] + m.Xv[i] + used)
    eq.add(sum(m.F["CAP", j] for j in GOODS) == c["FF"]["CAP"])
    eq.add(sum(m.E[i] for i in GOODS) + c["Sf"] == sum(m.M[i] for i in GOODS))
    m.nothing = p.Objective(expr=0.0)
    return m


def by_program(p: Any, model: Any) -> list[float]:
    """Household consumption by the program ``ipopt``."""
    p.SolverFactory("ipopt").solve(model)
    return [float(p.value(model.Xp[i])) for i in GOODS]


def by_casadi(casadi: Any, model: Any) -> list[float]:
    """The same by the Ipopt in CasADi's wheel, which reads the file that Pyomo writes."""
    from pyomo.repn.plugins.nl_writer import NLWriter

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "model.nl")
        with file.open("w") as stream, Path(folder, "rows").open("w") as rows:
            order = NLWriter().write(model, stream, rowstream=rows).variables
        problem = casadi.NlpBuilder()
        problem.import_nl(str(file))
    places = {id(variable): place for place, variable in enumerate(order)}
    functions = {"x": casadi.vertcat(*problem.x), "f": problem.f, "g": casadi.vertcat(*problem.g)}
    quiet = {"print_time": False, "ipopt.print_level": 0, "ipopt.sb": "yes"}
    solver = casadi.nlpsol("solver", "ipopt", functions, quiet)
    limits = {"lbx": problem.x_lb, "ubx": problem.x_ub, "lbg": problem.g_lb, "ubg": problem.g_ub}
    found = solver(x0=problem.x_init, **limits)["x"]
    assert solver.stats()["success"], solver.stats()["return_status"]
    return [float(found[places[id(model.Xp[i])]]) for i in GOODS]


def main() -> None:
    """See the module."""
    try:
        import pyomo
        import pyomo.environ as p
    except ImportError as cause:
        return skip(f"{cause.name} is not installed")
    coefficient = coefficients()
    if p.SolverFactory("ipopt").available(exception_flag=False):
        name, by = "program ipopt", partial(by_program, p)
    else:
        try:
            import casadi
        except ImportError:
            return skip("Pyomo finds no program ipopt, and CasADi, which has one, is not installed")
        name, by = "Ipopt of CasADi", partial(by_casadi, casadi)
    answer(f"{pyomo.version.version} ({name})", lambda: by(build(p, coefficient)))
    return None


if __name__ == "__main__":
    main()
