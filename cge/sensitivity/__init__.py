"""Sensitivity: how results depend on parameters, and which parameters give known results.

``analyse`` solves a model at many values of uncertain parameters (Monte Carlo, Latin hypercube,
quadrature, Sobol indices); ``common`` and ``independent`` say how members of a family move.
"""

from cge.sensitivity.analysis import Analysis, FailedDraws, analyse
from cge.sensitivity.design import LatinHypercube, MonteCarlo
from cge.sensitivity.inputs import common, independent
from cge.sensitivity.outputs import What
from cge.sensitivity.quadrature import ProductQuadrature, Quadrature
from cge.sensitivity.sobol import Sobol

__all__ = [
    "Analysis",
    "FailedDraws",
    "LatinHypercube",
    "MonteCarlo",
    "ProductQuadrature",
    "Quadrature",
    "Sobol",
    "What",
    "analyse",
    "common",
    "independent",
]
