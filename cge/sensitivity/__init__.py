"""Sensitivity: how results depend on parameters, and which parameters give known results.

``analyse`` solves a model at many values of uncertain parameters (Monte Carlo, Latin hypercube,
quadrature, Sobol indices); ``common`` and ``independent`` say how members of a family move.
``gradients`` differentiates outputs in all parameters at once. ``fit`` chooses parameters so that
outputs meet targets.
"""

from cge.sensitivity.analysis import Analysis, FailedDraws, analyse
from cge.sensitivity.design import LatinHypercube, MonteCarlo
from cge.sensitivity.fitting import Fit, FitWarning, fit
from cge.sensitivity.gradients import Gradients, gradients
from cge.sensitivity.inputs import common, independent
from cge.sensitivity.outputs import What
from cge.sensitivity.quadrature import ProductQuadrature, Quadrature
from cge.sensitivity.sobol import Sobol
from cge.sensitivity.targets import Bounds, Experiment, Target

__all__ = [
    "Analysis",
    "Bounds",
    "Experiment",
    "FailedDraws",
    "Fit",
    "FitWarning",
    "Gradients",
    "LatinHypercube",
    "MonteCarlo",
    "ProductQuadrature",
    "Quadrature",
    "Sobol",
    "Target",
    "What",
    "analyse",
    "common",
    "fit",
    "gradients",
    "independent",
]
