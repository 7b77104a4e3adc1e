"""Technologies of generation and storage as a scenario has them, beside the tables.

Cost and potential are factors on what the tables say, and hold in the baseline too: they are about
the world. A phase-out is a policy, which the baseline does not know.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from cge.scenario import trajectories
from cge.scenario.errors import Misplaced
from cge.scenario.values import Name, NotNegative, Positive, Strict, Unit, Year, for_all_years

ALL = "all"
"""What stands for all regions."""


def _for_all_regions(value: Any) -> Any:
    """Turn a number that holds for all regions into one by region."""
    return {ALL: value} if isinstance(value, int | float) else value


class PhaseOut(Strict):
    """Plants that may stand, falling on a straight line.

    Attributes:
        begin: the last year in which plants may be added.
        end: the year in which none stand any more.
    """

    begin: Year
    end: Year

    def left(self, year: int) -> float:
        """What may stand relative to the beginning."""
        return min(1.0, max(0.0, (self.end - year) / (self.end - self.begin)))

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.end <= self.begin:
            raise Misplaced(f"ends in {self.end}, not after {self.begin}; give a later year", "end")
        return self


class Technology(Strict):
    """What a scenario changes of a technology.

    Attributes:
        cost: factor on what a new plant costs, by year, linear between the years given and constant
            after the last one; one before the first one. Of storage, on power and energy.
        potential: factor on what there is of its resource, for all regions or by region.
        phase_out: until when its plants stand.
    """

    cost: Annotated[
        Annotated[dict[Year, Positive], Field(min_length=1), BeforeValidator(for_all_years)] | None,
        Unit("ratio"),
    ] = None
    potential: Annotated[
        Annotated[dict[Name, NotNegative], Field(min_length=1), BeforeValidator(_for_all_regions)]
        | None,
        Unit("ratio"),
    ] = None
    phase_out: PhaseOut | None = None

    def cost_factor(self, year: int) -> float:
        """Factor on what a new plant costs in a year."""
        if self.cost is None or year < min(self.cost):
            return 1.0
        return float(trajectories.linear(self.cost, [year])[0])

    def potential_factor(self, region: str) -> float:
        """Factor on what a region has of its resource."""
        given = self.potential or {}
        return given.get(region, given.get(ALL, 1.0))

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.cost is None and self.potential is None and self.phase_out is None:
            raise Misplaced("changes nothing; give cost, potential or phase_out, or remove it")
        return self
