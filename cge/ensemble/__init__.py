"""Ensembles: scenarios under many draws of assumptions and several closures.

``run_ensemble("ensemble.yaml", "folder")`` solves all draws, on all cores or on a cluster, and
writes each as soon as it is solved; ``load_outcomes("folder")`` reads them; ``quantiles``,
``regression`` and ``indices`` say how far results spread, and why.
"""

from cge.ensemble.analysis import indices, regression
from cge.ensemble.cores import Cores
from cge.ensemble.errors import DrawsFailed, EnsembleError
from cge.ensemble.outcomes import Outcomes, load_outcomes
from cge.ensemble.plan import Plan
from cge.ensemble.reading import load_ensemble
from cge.ensemble.report import write_tables
from cge.ensemble.run import run_ensemble
from cge.ensemble.schema import Ensemble
from cge.ensemble.task import Failure, Outcome, solve_draw

__all__ = [
    "Cores",
    "DrawsFailed",
    "Ensemble",
    "EnsembleError",
    "Failure",
    "Outcome",
    "Outcomes",
    "Plan",
    "indices",
    "load_ensemble",
    "load_outcomes",
    "regression",
    "run_ensemble",
    "solve_draw",
    "write_tables",
]
