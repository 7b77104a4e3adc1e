"""Coefficients of the standard CGE (Hosoe, Gasawa and Hashimoto 2010, chapter 6) from its table.

Elasticities of substitution and transformation are two; all prices of the table are one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

GOODS, FACTORS = ("BRD", "MLK"), ("CAP", "LAB")
ETA, PHI = 0.5, 1.5
"""Exponents of the Armington and of the transformation function."""


def coefficients() -> dict[str, Any]:
    """What the equations of the book are made of, from the table on standard input."""
    given = json.loads(sys.stdin.read())
    place = {name: k for k, name in enumerate(given["accounts"])}

    def cell(receives: str, pays: str) -> float:
        return float(given["cells"][place[receives]][place[pays]])

    c: dict[str, Any] = {"F0": {(h, j): cell(h, j) for h in FACTORS for j in GOODS}}
    c["X0"] = {(i, j): cell(i, j) for i in GOODS for j in GOODS}
    c["Y0"] = {j: sum(c["F0"][h, j] for h in FACTORS) for j in GOODS}
    c["Z0"] = {j: c["Y0"][j] + sum(c["X0"][i, j] for i in GOODS) for j in GOODS}
    c["M0"], c["E0"] = ({i: cell(*at(i)) for i in GOODS} for at in (_imports, _exports))
    c["tauz"] = {j: cell("IDT", j) / c["Z0"][j] for j in GOODS}
    taum = {i: cell("TRF", i) / c["M0"][i] for i in GOODS}
    c["D0"] = {i: (1 + c["tauz"][i]) * c["Z0"][i] - c["E0"][i] for i in GOODS}
    c["Q0"] = {i: c["D0"][i] + (1 + taum[i]) * c["M0"][i] for i in GOODS}
    for name, account in (("Xp0", "HOH"), ("Xg0", "GOV"), ("Xv0", "INV")):
        c[name] = {i: cell(i, account) for i in GOODS}
    c["beta"] = {(h, j): c["F0"][h, j] / c["Y0"][j] for h in FACTORS for j in GOODS}
    c["b"] = {j: c["Y0"][j] / _product(c["F0"][h, j] ** c["beta"][h, j] for h in FACTORS)
              for j in GOODS}  # fmt: skip
    c["ax"] = {(i, j): c["X0"][i, j] / c["Z0"][j] for i in GOODS for j in GOODS}
    c["ay"] = {j: c["Y0"][j] / c["Z0"][j] for j in GOODS}
    dm = {i: (1 + taum[i]) * c["M0"][i] ** (1 - ETA) for i in GOODS}
    dd = {i: c["D0"][i] ** (1 - ETA) for i in GOODS}
    xe = {i: c["E0"][i] ** (1 - PHI) for i in GOODS}
    xd = {i: c["D0"][i] ** (1 - PHI) for i in GOODS}
    c["deltam"] = {i: dm[i] / (dm[i] + dd[i]) for i in GOODS}
    c["xie"] = {i: xe[i] / (xe[i] + xd[i]) for i in GOODS}
    c["gamma"], c["theta"] = {}, {}
    for i in GOODS:
        used = c["deltam"][i] * c["M0"][i] ** ETA + (1 - c["deltam"][i]) * c["D0"][i] ** ETA
        made = c["xie"][i] * c["E0"][i] ** PHI + (1 - c["xie"][i]) * c["D0"][i] ** PHI
        c["gamma"][i] = c["Q0"][i] / used ** (1 / ETA)
        c["theta"][i] = c["Z0"][i] / made ** (1 / PHI)
    c["FF"] = {h: sum(c["F0"][h, j] for j in GOODS) for h in FACTORS}
    earned = sum(c["FF"].values())
    collected = cell("GOV", "HOH") + sum(cell(tax, j) for tax in ("IDT", "TRF") for j in GOODS)
    c["taud"], c["ssp"] = cell("GOV", "HOH") / earned, cell("INV", "HOH") / earned
    c["ssg"], c["Sf"] = cell("INV", "GOV") / collected, cell("INV", "EXT")
    for name, of in (("alpha", "Xp0"), ("mu", "Xg0"), ("lambda", "Xv0")):
        c[name] = {i: c[of][i] / sum(c[of].values()) for i in GOODS}
    c["taum"] = dict.fromkeys(GOODS, 0.0)  # the shock
    return c


def _imports(good: str) -> tuple[str, str]:
    return "EXT", good


def _exports(good: str) -> tuple[str, str]:
    return good, "EXT"


def _product(factors: Any) -> float:
    result = 1.0
    for factor in factors:
        result *= factor
    return result


def answer(version: str, solve: Callable[[], list[float]], repeats: int = 5) -> None:
    """Print the best of several times of a solve, and the household's consumption."""
    times, bought = [], solve()
    for _ in range(repeats):
        begin = perf_counter()
        bought = solve()
        times.append(perf_counter() - begin)
    print(json.dumps({"version": version, "seconds": min(times), "consumption": bought}))


def skip(reason: str) -> None:
    """Print why there is no answer."""
    print(json.dumps({"skipped": reason}))
