"""Year by year: a scenario solved over its years, each equilibrium starting from the last.

Recursive dynamics with a step of one year. What moves between the years is what the blocks of the
economy say (``cge.blocks``): parameters of the year, and stocks that are carried into the next.

    from cge.path import run

    path = run(scenario)
"""

from cge.path.compiled import Compiled, compiled
from cge.path.pathway import Pathway, Unbalanced, assert_balanced, largest_imbalances
from cge.path.prepare import BaselineError, prepare
from cge.path.progress import Progress
from cge.path.run import (
    Interrupted,
    Run,
    Stopped,
    accept,
    begin,
    changed,
    finish,
    opened,
    run,
    solve,
    solved,
)
from cge.path.store import StoreError, load_pathway, load_pathways

__all__ = [
    "BaselineError",
    "Compiled",
    "Interrupted",
    "Pathway",
    "Progress",
    "Run",
    "Stopped",
    "StoreError",
    "Unbalanced",
    "accept",
    "assert_balanced",
    "begin",
    "changed",
    "compiled",
    "finish",
    "largest_imbalances",
    "load_pathway",
    "load_pathways",
    "opened",
    "prepare",
    "run",
    "solve",
    "solved",
]
