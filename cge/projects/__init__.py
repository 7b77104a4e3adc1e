"""Projects: programmes of investment, held against the economy without them.

from cge.projects import assess, load_project
from cge.scenario import load_scenario

found = assess([load_project("offshore_wind")], load_scenario("baseline"), last=2037)
found.table()
"""

from cge.projects.assessment import PHASES, Assessment, assess
from cge.projects.project import (
    Abatement,
    Claims,
    Operation,
    Parts,
    Plants,
    Project,
    ProjectError,
    Range,
    Shares,
    Span,
    available_projects,
    load_project,
)

__all__ = [
    "PHASES",
    "Abatement",
    "Assessment",
    "Claims",
    "Operation",
    "Parts",
    "Plants",
    "Project",
    "ProjectError",
    "Range",
    "Shares",
    "Span",
    "assess",
    "available_projects",
    "load_project",
]
