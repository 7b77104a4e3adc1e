"""Sets of the model: the labels over which its arrays run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration.errors import CalibrationError
from sam import Dataset
from sam.accounts import HOUSEHOLD


@dataclass(frozen=True, eq=False)
class Sets:
    """Labels, each in model order.

    Attributes:
        regions: full regions.
        sectors: sector codes; a sector is an activity and the commodity that it makes.
        households: households of each region.
        fuels: commodities that may be burnt.
        technologies: generation technologies.
        electricity: the sector that makes electricity, also where the economy has none.
        large_plants: sectors whose CO2 comes from plants large enough for capture, generation
            apart.
    """

    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    households: tuple[str, ...]
    fuels: tuple[str, ...]
    technologies: tuple[str, ...]
    electricity: str
    large_plants: tuple[str, ...]

    def labels(self, dimension: str) -> tuple[str, ...]:
        """Labels of a dimension, such as ``region`` or ``technology``."""
        return {
            "region": self.regions,
            "origin": self.regions,
            "sector": self.sectors,
            "commodity": self.sectors,
            "activity": self.sectors,
            "household": self.households,
            "fuel": self.fuels,
            "technology": self.technologies,
        }[dimension]

    def position(self, sector: str) -> int:
        """Place of a sector in the arrays.

        Raises:
            CalibrationError: there is no such sector.
        """
        if sector not in self.sectors:
            raise CalibrationError(f"no sector {sector!r}; known: {', '.join(self.sectors)}")
        return self.sectors.index(sector)

    @property
    def fuel_places(self) -> npt.NDArray[np.intp]:
        """Places of the fuels among the sectors (fuel)."""
        return np.array([self.position(fuel) for fuel in self.fuels], dtype=np.intp)

    @property
    def makes_electricity(self) -> bool:
        """Whether the economy has a sector that makes electricity."""
        return self.electricity in self.sectors

    @property
    def electricity_place(self) -> int:
        """Place of the sector that makes electricity.

        Raises:
            CalibrationError: there is none.
        """
        return self.position(self.electricity)


def sets_of(dataset: Dataset, technologies: tuple[str, ...]) -> Sets:
    """Labels of a dataset, and what its roles say that they mean.

    Arguments:
        dataset: base year.
        technologies: generation technologies.
    """
    sectors = tuple(str(code) for code in dataset.sectors["code"])
    roles = dataset.roles
    return Sets(
        regions=tuple(dataset.regions),
        sectors=sectors,
        households=tuple(dataset.sam.names(HOUSEHOLD)),
        fuels=tuple(fuel for fuel in roles.fuels if fuel in sectors),
        technologies=technologies,
        electricity=roles.electricity,
        large_plants=tuple(sector for sector in roles.large_plants if sector in sectors),
    )
