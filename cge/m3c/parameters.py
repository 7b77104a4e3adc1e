"""Small helpers of declarations."""

from __future__ import annotations

from calibration import Benchmark
from cge.language import Model, Parameter


def elasticity(m: Model, b: Benchmark, name: str, letters: str) -> Parameter:
    """An elasticity of the benchmark as a parameter of the model."""
    return m.parameter(f"sigma_{name}", letters, (letters, b.elasticities[name]))
