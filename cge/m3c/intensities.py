"""What producers take of energy beyond what prices and efficiency explain."""

from __future__ import annotations

from dataclasses import dataclass

from cge.language import Model, Parameter


@dataclass(frozen=True, eq=False)
class Intensities:
    """What producers take of energy, relative to the base year, beyond what prices and efficiency
    explain.

    Attributes:
        electricity, fuel: factors on reference quantities.
    """

    electricity: Parameter
    fuel: Parameter

    @classmethod
    def declare(cls, m: Model) -> Intensities:
        """Declare the factors, one in the base year."""
        return cls(
            m.parameter("electricity_intensity", "", 1.0), m.parameter("fuel_intensity", "", 1.0)
        )
