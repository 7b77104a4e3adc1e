"""The same economy and shock by other programs: each optional, skipped with a reason.

The economy is that of the second example, the shock the end of its tariff (Hosoe, Gasawa and
Hashimoto 2010, ``stdcge`` in the GAMS model library). Every program gets the same table; what is
compared is a solve once the model is built, and the change of the household's consumption, so that
only programs that find the same answer are timed. A peer is looked for in this Python, or in that
named by the environment variable ``M3C_PEERS`` (a virtual environment of its own, with
``pip install cgelab==0.7.0 gamspy pyomo`` and an Ipopt for Pyomo).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks.first import textbook_module
from benchmarks.timing import Ratio, best

PEERS = Path(__file__).with_name("peer")

SCRIPTS = {
    "by_cgelab": "CGELab",
    "by_pyomo": "Pyomo with Ipopt",
    "by_gamspy": "GAMSPy with PATH",
}
"""Scripts of ``benchmarks/peer``, which know nothing of us, and what they run."""


def peers() -> list[Ratio]:
    """One solve of the standard CGE by other programs, against one of ours."""
    from cge.equilibrium import Solver

    module = textbook_module()
    solver = Solver(module.build())
    bought = np.asarray(solver.solve({"tariff": 0.0}).quantity("HOH", "PQ")).tolist()
    ours = best(lambda: solver.solve({"tariff": 0.0}))
    table = {"accounts": list(module.SAM), "cells": module.SAM.to_numpy().tolist()}
    ratios = []
    for script, name in SCRIPTS.items():
        found = _asked(script, table)
        if "skipped" in found:
            print(f"     skipped {name}: {found['skipped']}")
            continue
        gap = float(np.abs(np.array(found["consumption"]) / bought - 1.0).max())
        print(f"     {name} {found['version']}: consumption differs by {gap:.1e}")
        if gap > 1e-4:
            print(f"     {name} is not timed: it solves another model, or not to the end")
            continue
        ratios.append(Ratio(f"standard CGE by {name}", found["seconds"], ours, "ours", at_least=1))
    return ratios


def _asked(script: str, table: dict[str, object]) -> dict[str, object]:
    """What a script answers: version, seconds and consumption, or why it is skipped."""
    python = os.environ.get("M3C_PEERS", sys.executable)
    command = [python, str(PEERS / f"{script}.py")]
    try:
        done = subprocess.run(
            command, input=json.dumps(table), check=False, capture_output=True, text=True
        )
    except OSError as cause:
        return {"skipped": f"{python} cannot be run ({cause.strerror})"}
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return {"skipped": f"it failed: {last}"}
    answer: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer
