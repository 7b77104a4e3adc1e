"""The equilibrium engine: conditions, their derivatives, and solvers of any declared model."""

from cge.equilibrium.cache import configure

configure()

from cge.equilibrium.conditions import Conditions  # noqa: E402
from cge.equilibrium.newton import Options  # noqa: E402
from cge.equilibrium.result import Equilibrium, NotSolved, Status  # noqa: E402
from cge.equilibrium.solver import Solver  # noqa: E402

__all__ = ["Conditions", "Equilibrium", "NotSolved", "Options", "Solver", "Status"]
