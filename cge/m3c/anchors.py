r"""Anchors: demand of the years that have passed is what statistics say it was.

A parameter is freed and a quantity fixed, with a weight w that is one in a year of which a fact is
known and zero afterwards, so that one compiled model serves both:

.. math:: w \, \frac{Q}{\bar Q} + (1 - w) \, v = w \, \frac{\hat Q}{\bar Q} + (1 - w) \, \hat v .

Electricity made in the nation moves the reference quantity of electricity of all producers, for
:math:`v` on its efficiency would change no kWh where value shares are constant; CO2 moves that of
their fuels. What was found for the last year of facts is carried on, and every scenario keeps what
its baseline has found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration import Benchmark
from cge.blocks import Block, Report, Stock, Values, Year
from cge.equilibrium import State
from cge.language import Model, Parameter, scale
from cge.m3c.emissions import Sources
from cge.m3c.intensities import Intensities
from cge.m3c.power import Power
from cge.setting import Setting
from closures import Fixed, Freed, Swap
from sam.accounts import NATIONAL

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Anchor:
    """A parameter that is moved until a quantity is what statistics say.

    Attributes:
        name: name of what is moved.
        meaning: what it is, in words.
        moved: the parameter, one in the base year.
        weight: one where a fact holds, else zero.
        quantity: the quantity over its base-year value.
        fact: its value over that of the base year, None where none is known.
    """

    name: str
    meaning: str
    moved: Parameter
    weight: Parameter
    quantity: Callable[[State], Any]
    fact: Callable[[Setting, int], float | None]

    @property
    def fixed(self) -> Fixed:
        """The quantity, or else the parameter, at what is given."""
        return Fixed(f"{self.name}_anchor", "", self._held)

    def swap(self) -> Swap:
        """Free the parameter until that holds."""
        freed = Freed(f"{self.name}_found", "", {self.moved: scale}, meaning=self.meaning)
        return Swap(freed, self.fixed)

    def _held(self, state: State) -> Any:
        weight = state.parameter(self.weight)
        return weight * self.quantity(state) + (1.0 - weight) * state.parameter(self.moved)


@dataclass(frozen=True, eq=False)
class Anchors(Block):
    """All anchors.

    Attributes:
        each: the anchors.
    """

    each: tuple[Anchor, ...]

    @classmethod
    def declare(
        cls, m: Model, b: Benchmark, intensities: Intensities, power: Power, sources: Sources
    ) -> Anchors:
        """Declare weights, at first of none."""
        twh, emitted = b.power.twh, b.emissions.direct.sum()

        def made(state: State) -> Any:
            return (state.level(power.mix.technology) * twh).sum() / twh.sum()

        def co2(state: State) -> Any:
            flows = [
                source.flow(state) * state.parameter(source.factor) for source in sources.every
            ]
            return sum(tons.sum() for tons in flows) / emitted

        parts = (
            ("electricity_intensity", "electricity of producers per unit of output beyond prices "
             "and efficiency, base year = 1", intensities.electricity, made, _generation),
            ("fuel_intensity", "fuel of producers per unit of output beyond prices and "
             "efficiency, base year = 1", intensities.fuel, co2, _emissions),
        )  # fmt: skip
        return cls(
            tuple(
                Anchor(name, meaning, moved, m.parameter(f"{name}_weight", "", 0.0), quantity, fact)
                for name, meaning, moved, quantity, fact in parts
            )
        )

    def swaps(self) -> list[Swap]:
        """What a baseline frees and fixes."""
        return [anchor.swap() for anchor in self.each]

    def parameters(self, at: Year) -> Values:
        """Facts and weights in a baseline, else what it has found."""
        baseline = at.setting.baseline
        values: dict[Parameter | str, float] = {}
        for k, anchor in enumerate(self.each):
            if baseline is not None:
                values[anchor.moved] = float(baseline[anchor.name].sel(year=at.year))
                continue
            fact = anchor.fact(at.setting, at.year) if at.setting.has_history else None
            given = float(at.stocks["intensities"][k])
            values[anchor.weight] = float(fact is not None)
            values[anchor.fixed.target] = given if fact is None else fact
        return values

    def stocks(self) -> Sequence[Stock]:
        """What was found for the year before."""
        return (Stock("intensities", "anchor", "index", self._one, self._found),)

    def reports(self) -> Sequence[Report]:
        """What was moved, and how far the facts are met."""
        return (
            *(
                Report(anchor.name, "", "index", anchor.meaning, _moved(anchor))
                for anchor in self.each
            ),
        )

    def _one(self, setting: Setting) -> Array:
        return np.ones(len(self.each))

    def _found(self, at: Year) -> Array:
        return np.array([float(at.state.parameter(anchor.moved)) for anchor in self.each])


def _moved(anchor: Anchor) -> Callable[[Year], float]:
    return lambda at: float(at.state.parameter(anchor.moved))


def _generation(setting: Setting, year: int) -> float | None:
    """Electricity made in the nation over that of the base year."""
    told = setting.assumptions.facts.series("generation", NATIONAL, "total")
    return told[year] / told[setting.dataset.base_year] if year in told else None


def _emissions(setting: Setting, year: int) -> float | None:
    """CO2 of the nation over that of the base year."""
    if year == setting.dataset.base_year:
        return 1.0
    told = setting.assumptions.facts.series("co2_since_2020", NATIONAL)
    return 1.0 + told[year] if year in told else None
