"""What numbers of a path rest on beside its inputs: the program, its source, and libraries."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version

from cge.equilibrium.fingerprint import source

SOURCES = ("calibration", "cge", "closures", "sam")
"""Packages whose source counts."""

LIBRARIES = ("jax", "jaxlib", "numpy", "scipy")
"""Libraries that compute."""


@cache
def program() -> dict[str, str]:
    """Versions of the program and of what it computes with; of its source, a hash."""
    digest = hashlib.sha256("".join(source(package) for package in SOURCES).encode())
    ours = {"m3c-cge": version("m3c-cge"), "source": digest.hexdigest()[:12]}
    return ours | {name: version(name) for name in LIBRARIES}
