"""The first solve of a model in a process of its own: with nothing kept, and with all kept.

Counted from the declared model to its first equilibrium, in time of the processor: that of the wall
depends on what else a machine does. The yardstick is a dense factorisation.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from benchmarks.timing import Ratio, factorisation

MOST = {"textbook, cold": 145.0, "textbook, warm": 28.0, "M3C, warm": 238.0}
"""Most that first solves may take, as multiples of LU(825)."""

MOST_SECONDS = {"textbook, warm": 0.3, "M3C, warm": 1.0}
"""Most that they may take by the clock of the processor."""

EXAMPLE = Path(__file__).parents[1] / "examples" / "02_standard_cge.py"


def textbook_module() -> ModuleType:
    """The second example: its table, and its model."""
    spec = spec_from_file_location("standard_cge", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def textbook() -> Callable[[], object]:
    """The second example, of which the tariff is abolished."""
    from cge.equilibrium import Solver

    model = textbook_module().build()
    return lambda: Solver(model).solve({"tariff": 0.0})


def m3c() -> Callable[[], object]:
    """The first year of the shipped baseline."""
    from cge.path import begin, opened, prepare, solve
    from cge.scenario import load_scenario

    current = begin(prepare(load_scenario("enhanced_carbon_neutrality").baseline()))
    return lambda: solve(current, opened(current, 2020))


MODELS = {"textbook": textbook, "M3C": m3c}


def measured(model: str) -> tuple[float, float]:
    """Seconds of the first solve of a model in this process, and of the yardstick."""
    first = MODELS[model]()
    begin = time.process_time()
    first()
    took = time.process_time() - begin
    return took, factorisation(825, clock=time.process_time)


def elsewhere(model: str, cache: Path) -> tuple[float, float]:
    """The same in a process of its own, which keeps compiled code in a folder."""
    command = [sys.executable, "-m", "benchmarks.first", model]
    environment = {**os.environ, "M3C_CACHE": str(cache)}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    took, unit = json.loads(done.stdout)
    return took, unit


def first_solve() -> list[Ratio]:
    """First solves against a dense factorisation, and against the clock."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for model in MODELS:
            for state in ("cold", "warm"):
                found[f"{model}, {state}"] = elsewhere(model, Path(folder))
    ratios = [
        Ratio(f"first solve, {name}", *found[name], "LU(825)", limit=limit)
        for name, limit in MOST.items()
    ]
    seconds = [
        Ratio(f"first solve, {name}", found[name][0], 1.0, "one second", limit=limit)
        for name, limit in MOST_SECONDS.items()
    ]
    return [*ratios, *seconds]


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1])))
