"""What an ensemble says: scenarios, closures, what is uncertain, how it is drawn, what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from scipy import stats

from calibration.assumptions import TABLES
from calibration.errors import unknown
from cge.scenario.errors import Misplaced
from cge.scenario.values import Name, Prose, Strict, Year

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, gt=0.0, allow_inf_nan=False)]

OWN = "own"
"""Name of the closure that each scenario has."""


class Uniform(Strict):
    """Any number between two is as probable as any other.

    Attributes:
        law: its name.
        low: the smallest number.
        high: the largest number.
    """

    law: Literal["uniform"]
    low: Number
    high: Number

    @property
    def frozen(self) -> Any:
        """The distribution in SciPy's words."""
        return stats.uniform(self.low, self.high - self.low)

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_order(self.low, self.high)
        return self


class Triangular(Strict):
    """The density rises from the lowest number to the likeliest, and falls to the highest.

    Attributes:
        law: its name.
        low: the smallest number.
        mode: the likeliest number.
        high: the largest number.
    """

    law: Literal["triangular"]
    low: Number
    mode: Number
    high: Number

    @property
    def frozen(self) -> Any:
        """The distribution in SciPy's words."""
        width = self.high - self.low
        return stats.triang((self.mode - self.low) / width, self.low, width)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.low <= self.mode <= self.high:
            raise Misplaced(f"mode {self.mode:g} is not between low and high; correct one", "mode")
        _check_order(self.low, self.high)
        return self


class Normal(Strict):
    """A normal distribution, cut off where it has bounds.

    Attributes:
        law: its name.
        mean: the mean, before it is cut off.
        deviation: the standard deviation, before it is cut off.
        low, high: where it is cut off.
    """

    law: Literal["normal"]
    mean: Number
    deviation: Positive
    low: Number | None = None
    high: Number | None = None

    @property
    def frozen(self) -> Any:
        """The distribution in SciPy's words."""
        if self.low is None and self.high is None:
            return stats.norm(self.mean, self.deviation)
        ends = [
            sign * float("inf") if end is None else (end - self.mean) / self.deviation
            for sign, end in ((-1.0, self.low), (1.0, self.high))
        ]
        return stats.truncnorm(*ends, self.mean, self.deviation)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.low is not None and self.high is not None:
            _check_order(self.low, self.high)
        return self


class Lognormal(Strict):
    """The logarithm is normal: as probable at twice the median as at half of it.

    Attributes:
        law: its name.
        median: the number that half of the draws exceed.
        deviation: standard deviation of the logarithm; about the relative one where it is small.
    """

    law: Literal["lognormal"]
    median: Positive
    deviation: Positive

    @property
    def frozen(self) -> Any:
        """The distribution in SciPy's words."""
        return stats.lognorm(self.deviation, 0.0, self.median)


def _check_order(low: float, high: float) -> None:
    """Assert that the lower end of a distribution is below the upper one."""
    if low >= high:
        raise Misplaced(
            f"low {low:g} is not below high {high:g}; exchange them, or remove what is not "
            "uncertain",
            "low",
        )


Law = Annotated[Uniform | Triangular | Normal | Lognormal, Field(discriminator="law")]

Label = str | int | float


class Uncertain(Strict):
    """An assumption that is drawn: rows of a table that move together.

    Attributes:
        name: what to call it; table and labels by default.
        table: name of a table of assumptions (``calibration.assumptions.TABLES``).
        where: labels that rows have to have, one or a list, by column; all rows where empty.
        distribution: of the number that is drawn.
        how: ``factor``: the number multiplies the values; ``level``: it takes their place (``as``
            in YAML).
    """

    name: Name | None = None
    table: Name
    where: dict[Name, Label | Annotated[list[Label], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    distribution: Law
    how: Annotated[Literal["factor", "level"], Field(alias="as")] = "factor"

    @property
    def label(self) -> str:
        """Its name."""
        if self.name is not None:
            return self.name
        labels = [
            "+".join(map(str, each if isinstance(each, list) else [each]))
            for each in self.where.values()
        ]
        return f"{self.table}[{', '.join(labels)}]" if labels else self.table

    @model_validator(mode="after")
    def _check_table(self) -> Self:
        if self.table not in TABLES:
            raise Misplaced(unknown("table of assumptions", self.table, TABLES), "table")
        return self


class Draws(Strict):
    """How numbers are drawn.

    Attributes:
        method: a Latin hypercube; Sobol's points in the design of Saltelli, from which shares of
            variance follow; or independent draws (Monte Carlo).
        count: number of draws; of Sobol's, base draws N (a power of two): the economy is solved
            N (K + 2) times for K assumptions.
        seed: the same seed gives the same draws.
    """

    method: Literal["latin_hypercube", "sobol", "monte_carlo"] = "latin_hypercube"
    count: Annotated[int, Field(strict=True, ge=2, le=1_000_000)]
    seed: Annotated[int, Field(strict=True, ge=0, le=2**31)] = 0

    @model_validator(mode="after")
    def _check_power(self) -> Self:
        if self.method == "sobol" and self.count & (self.count - 1):
            near = 2 ** self.count.bit_length()
            raise Misplaced(
                f"{self.count} base draws of Sobol's are no power of two; take {near // 2} or "
                f"{near}",
                "count",
            )
        return self


class Outputs(Strict):
    """What is kept of each path.

    Attributes:
        variables: reports that regions add up or average (``cge variables``); the main ones by
            default.
        regions: codes of regions and names of totals; the nation by default.
        years: all by default.
    """

    variables: list[Name] = Field(default_factory=list)
    regions: list[Name] = Field(default_factory=list)
    years: list[Year] = Field(default_factory=list)


class Ensemble(Strict):
    """Scenarios under many draws of what is not known, and under several closures.

    Attributes:
        name: name of the ensemble.
        description: what it is for.
        scenarios: embedded scenarios by name, or YAML files, of one dataset.
        last: last year in place of the scenarios'.
        closures: who adjusts, name by kind, by a name of its own; as the scenarios say by default.
        draws: how numbers are drawn.
        uncertain: the assumptions that are drawn, each independent of the others.
        outputs: what is kept.
    """

    name: Name
    description: Prose = ""
    scenarios: Annotated[list[Name], Field(min_length=1)]
    last: Year | None = None
    closures: Annotated[dict[Name, dict[Name, Name]], Field(min_length=1)] = Field(
        default_factory=lambda: dict[str, dict[str, str]]({OWN: {}})
    )
    draws: Draws
    uncertain: Annotated[list[Uncertain], Field(min_length=1)]
    outputs: Outputs = Field(default_factory=Outputs)

    @property
    def labels(self) -> list[str]:
        """Names of what is uncertain."""
        return [each.label for each in self.uncertain]

    @model_validator(mode="after")
    def _check_once(self) -> Self:
        for what, names in (("scenarios", self.scenarios), ("uncertain", self.labels)):
            for k, name in enumerate(names):
                if name in names[:k]:
                    raise Misplaced(f"{name!r} is given twice; remove or rename one", what, k)
        return self

    @model_validator(mode="after")
    def _check_sobol(self) -> Self:
        if self.draws.method == "sobol" and len(self.uncertain) < 2:
            raise Misplaced(
                "Sobol's indices share variance out between assumptions, and there is only one; "
                "add another, or take latin_hypercube",
                *("draws", "method"),
            )
        return self


PARTS: Mapping[str, type[Strict]] = {
    "": Ensemble,
    "draws": Draws,
    "uncertain": Uncertain,
    "outputs": Outputs,
    "uniform": Uniform,
    "triangular": Triangular,
    "normal": Normal,
    "lognormal": Lognormal,
}
"""Parts by the key, or the law, under which they stand."""
