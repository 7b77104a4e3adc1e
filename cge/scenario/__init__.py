"""Scenarios: which economy, which years, which caps, who adjusts.

``load_scenario("enhanced_carbon_neutrality")`` gives an embedded scenario, ``load_scenario(path)``
one of your own; ``Scenario(name=..., pools=[...])`` builds one in Python.
"""

from cge.scenario.errors import ScenarioError
from cge.scenario.reading import (
    available_scenarios,
    check_scenario,
    load_scenario,
    with_options,
)
from cge.scenario.schema import BASELINE, Closures, Pool, Removal, Scenario
from cge.scenario.shocks import Shock

__all__ = [
    "BASELINE",
    "Closures",
    "Pool",
    "Removal",
    "Scenario",
    "ScenarioError",
    "Shock",
    "available_scenarios",
    "check_scenario",
    "load_scenario",
    "with_options",
]
