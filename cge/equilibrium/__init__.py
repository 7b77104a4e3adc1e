"""The equilibrium engine: conditions, their derivatives, and solvers of any declared model."""

from cge.equilibrium.cache import configure

configure()

from cge.equilibrium.benchmark import benchmark  # noqa: E402
from cge.equilibrium.effort import Attempt, Budget  # noqa: E402
from cge.equilibrium.newton import Options  # noqa: E402
from cge.equilibrium.responses import responses  # noqa: E402
from cge.equilibrium.result import Equilibrium, NotSolved, Status  # noqa: E402
from cge.equilibrium.solver import Solver  # noqa: E402
from cge.equilibrium.state import State  # noqa: E402
from cge.equilibrium.verbs import check, solve  # noqa: E402

__all__ = [
    "Attempt",
    "Budget",
    "Equilibrium",
    "NotSolved",
    "Options",
    "Solver",
    "State",
    "Status",
    "benchmark",
    "check",
    "responses",
    "solve",
]
