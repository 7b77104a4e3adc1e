"""Computable general equilibrium: the language, the equilibrium engine and the M3C model.

The names of every day are here; each is imported when it is first used, so that ``import cge``
stays light. ``cge.run(cge.load_scenario("enhanced_carbon_neutrality"))`` solves a path,
``cge.Model`` declares a model of your own.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cge import accounts, mpsge, sensitivity
    from cge.equilibrium import Equilibrium, NotSolved, Options, Solver
    from cge.language import DeclarationError, Model, ces, cet, cobb_douglas, leontief, les
    from cge.path import Pathway, load_pathway, load_pathways, run
    from cge.results import compare_paths, write_results
    from cge.scenario import Pool, Scenario, ScenarioError, load_scenario
    from sam import load_dataset

ENGINE = "cge.equilibrium"
"""What the verbs of a ``Model`` mean: ``check``, ``benchmark``, ``responses``, ``solve`` there."""

EQUATIONS = "cge.equations"
"""What ``Model.equations`` and ``Model.tables`` mean."""

ACCOUNTS = "cge.accounts"
"""What reports an ``Equilibrium``: ``to_dataset``, ``compare``, ``ev`` there."""

_HOMES = {
    "DeclarationError": "cge.language",
    "Equilibrium": "cge.equilibrium",
    "Model": "cge.language",
    "NotSolved": "cge.equilibrium",
    "Options": "cge.equilibrium",
    "Pathway": "cge.path",
    "Pool": "cge.scenario",
    "Scenario": "cge.scenario",
    "ScenarioError": "cge.scenario",
    "Solver": "cge.equilibrium",
    "ces": "cge.language",
    "cet": "cge.language",
    "cobb_douglas": "cge.language",
    "compare_paths": "cge.results",
    "leontief": "cge.language",
    "les": "cge.language",
    "load_dataset": "sam",
    "load_pathway": "cge.path",
    "load_pathways": "cge.path",
    "load_scenario": "cge.scenario",
    "run": "cge.path",
    "write_results": "cge.results",
}

_PACKAGES = ("accounts", "mpsge", "sensitivity")
"""Packages of every day: ``cge.sensitivity.analyse`` needs no import of its own."""

__all__ = [
    "DeclarationError",
    "Equilibrium",
    "Model",
    "NotSolved",
    "Options",
    "Pathway",
    "Pool",
    "Scenario",
    "ScenarioError",
    "Solver",
    "accounts",
    "ces",
    "cet",
    "cobb_douglas",
    "compare_paths",
    "leontief",
    "les",
    "load_dataset",
    "load_pathway",
    "load_pathways",
    "load_scenario",
    "mpsge",
    "run",
    "sensitivity",
    "write_results",
]


def __getattr__(name: str) -> Any:
    """Import an everyday name from its home."""
    if name in _PACKAGES:
        return import_module(f"cge.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'cge' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Everyday names, for completion."""
    return sorted({*globals(), *_HOMES, *_PACKAGES})
