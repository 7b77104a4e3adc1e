"""Coupling: other models read a year of the economy, set what they know better, and solve again.

A ``Session`` holds a scenario at one year. ``catalogue(scenario)`` lists the exchange items with
their dimensions, units and directions, before anything is solved; ``examples/coupling`` shows a
technology model and a spatial model at work::

    session = Session(load_scenario("enhanced_carbon_neutrality"))
    session.solve_year()
    demand = session.get("electricity_demand", unit="TWh")
    session.set("generation_share", shares_of(demand))
    session.solve_year()
    session.advance()

``couple`` iterates a year with a partner until both agree, entry by entry and by the undamped
residual.
"""

from cge.coupling.behaviour import Behaviour
from cge.coupling.catalogue import catalogue
from cge.coupling.convergence import Convergence, NotConverged, StepFailed
from cge.coupling.errors import CouplingError
from cge.coupling.fixed_point import couple
from cge.coupling.items import Item
from cge.coupling.rounds import Difference, Round
from cge.coupling.session import Session, Snapshot
from cge.coupling.tolerance import Tolerance

__all__ = [
    "Behaviour",
    "Convergence",
    "CouplingError",
    "Difference",
    "Item",
    "NotConverged",
    "Round",
    "Session",
    "Snapshot",
    "StepFailed",
    "Tolerance",
    "catalogue",
    "couple",
]
