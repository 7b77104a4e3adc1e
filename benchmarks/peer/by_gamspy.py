"""The standard CGE in GAMSPy, a mixed complementarity problem by GAMS' PATH."""

from __future__ import annotations

from typing import Any

from book import ETA, FACTORS, GOODS, PHI, answer, coefficients, skip


class Problem:
    """Variables and equations that are added one by one: GAMS wants them named and paired."""

    def __init__(self, gp: Any) -> None:
        self.gp, self.container = gp, gp.Container()
        self.starts: list[tuple[Any, float]] = []
        self.pairs: dict[Any, Any] = {}

    def variable(self, name: str, start: float) -> Any:
        """A positive variable."""
        found = self.gp.Variable(self.container, name)
        found.lo = 1e-6
        self.starts.append((found, start))
        return found

    def equal(self, difference: Any, variable: Any) -> None:
        """A condition that is zero, paired with a variable."""
        equation = self.gp.Equation(self.container, f"eq_{variable.name}")
        equation[...] = difference == 0
        self.pairs[equation] = variable


def build(gp: Any, c: dict[str, Any]) -> tuple[Problem, Any, list[Any]]:
    """Problem, model, and household consumption; labour's wage is the numeraire."""
    m = Problem(gp)

    def family(name: str, start: dict[str, float]) -> dict[str, Any]:
        return {i: m.variable(f"{name}_{i}", start[i]) for i in GOODS}

    ones = dict.fromkeys(GOODS, 1.0)
    names = ("Y", "Z", "E", "D", "M", "Q", "Xp", "Xg", "Xv")
    Y, Z, E, D, M, Q, Xp, Xg, Xv = (family(name, c[f"{name}0"]) for name in names)
    py, pz, pd, pq = (family(name, ones) for name in ("py", "pz", "pd", "pq"))
    F = {(h, j): m.variable(f"F_{h}_{j}", c["F0"][h, j]) for h in FACTORS for j in GOODS}
    rent, epsilon = m.variable("pf_CAP", 1.0), m.variable("epsilon", 1.0)
    pf = {"CAP": rent, "LAB": 1.0}

    earned = sum(pf[h] * c["FF"][h] for h in FACTORS)
    taxes = sum(c["tauz"][j] * pz[j] * Z[j] for j in GOODS)
    collected = c["taud"] * earned + taxes + sum(c["taum"][i] * epsilon * M[i] for i in GOODS)
    saved = c["ssp"] * earned + c["ssg"] * collected + epsilon * c["Sf"]
    household = (1 - c["ssp"] - c["taud"]) * earned
    for j in GOODS:
        m.equal(Z[j] * c["ay"][j] - Y[j], Z[j])
        cost = c["ay"][j] * py[j] + sum(c["ax"][i, j] * pq[i] for i in GOODS)
        m.equal(pz[j] - cost, pz[j])
        inputs = c["b"][j]
        for h in FACTORS:
            m.equal(F[h, j] * pf[h] - c["beta"][h, j] * py[j] * Y[j], F[h, j])
            inputs = inputs * F[h, j] ** c["beta"][h, j]
        m.equal(Y[j] - inputs, py[j])
    for i in GOODS:
        dm, xe = c["deltam"][i], c["xie"][i]
        g, t = c["gamma"][i] ** ETA, c["theta"][i] ** PHI
        made, cost = (1 + c["tauz"][i]) * pz[i], (1 + c["taum"][i]) * epsilon
        m.equal(Q[i] ** ETA - g * (dm * M[i] ** ETA + (1 - dm) * D[i] ** ETA), Q[i])
        m.equal(M[i] ** (1 - ETA) * cost - g * dm * pq[i] * Q[i] ** (1 - ETA), M[i])
        m.equal(D[i] ** (1 - ETA) * pd[i] - g * (1 - dm) * pq[i] * Q[i] ** (1 - ETA), D[i])
        m.equal(Z[i] ** PHI - t * (xe * E[i] ** PHI + (1 - xe) * D[i] ** PHI), Y[i])
        m.equal(epsilon * Z[i] ** (PHI - 1) - t * xe * made * E[i] ** (PHI - 1), E[i])
        m.equal(pd[i] * Z[i] ** (PHI - 1) - t * (1 - xe) * made * D[i] ** (PHI - 1), pd[i])
        m.equal(pq[i] * Xp[i] - c["alpha"][i] * household, Xp[i])
        m.equal(pq[i] * Xg[i] - c["mu"][i] * (1 - c["ssg"]) * collected, Xg[i])
        m.equal(pq[i] * Xv[i] - c["lambda"][i] * saved, Xv[i])
        used = sum(c["ax"][i, j] * Z[j] for j in GOODS)
        m.equal(Q[i] - Xp[i] - Xg[i] - Xv[i] - used, pq[i])
    m.equal(sum(F["CAP", j] for j in GOODS) - c["FF"]["CAP"], rent)
    m.equal(sum(E[i] - M[i] for i in GOODS) + c["Sf"], epsilon)
    model = gp.Model(m.container, "stdcge", problem="MCP", matches=m.pairs)
    return m, model, [Xp[i] for i in GOODS]


def main() -> None:
    """See the module."""
    try:
        import gamspy as gp
    except ImportError as cause:
        return skip(f"{cause.name} is not installed")
    try:
        problem, model, bought = build(gp, coefficients())
    except Exception as cause:
        return skip(f"GAMSPy does not run here ({type(cause).__name__}: {cause})")

    def solve() -> list[float]:
        for variable, start in problem.starts:
            variable.l = start
        model.solve()
        return [float(x.toValue()) for x in bought]

    try:
        answer(gp.__version__, solve)
    except Exception as cause:
        return skip(f"GAMSPy does not solve here ({type(cause).__name__}: {cause})")
    return None


if __name__ == "__main__":
    main()
