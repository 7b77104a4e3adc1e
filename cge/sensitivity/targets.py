"""What a fit is asked: numbers that are free within bounds, and targets by experiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cge.language.errors import DeclarationError
from cge.language.parameters import Number, Values, as_values
from cge.sensitivity.inputs import Group, Inputs
from cge.sensitivity.outputs import Outputs

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Bounds:
    """Where a number may be.

    Attributes:
        low: least value; over the members of a family it may be an array.
        high: largest value.
        start: where the search begins; the value in the model by default.
    """

    low: Any = -np.inf
    high: Any = np.inf
    start: Any = None


@dataclass(frozen=True, eq=False)
class Target:
    """What an output should be.

    Attributes:
        value: over the letters of the output, with labels or as ``(letters, array)``.
        weight: weight of the squared miss, the inverse of its variance; zero for members that were
            not observed.
    """

    value: Number
    weight: Number = 1.0


@dataclass(frozen=True, eq=False)
class Experiment:
    """One shock, or one year of history.

    Attributes:
        name: its name.
        changes: new values of parameters.
        targets: what outputs should be, by name; a number stands for ``Target(number)``.
    """

    name: str
    changes: Values
    targets: Mapping[str, Any]


@dataclass(frozen=True)
class Datum:
    """One number that is observed: where it stands among all outputs."""

    experiment: str
    output: str
    at: int
    target: float
    weight: float


def bounds_of(inputs: Inputs[Any]) -> pd.DataFrame:
    """``low``, ``high`` and ``start`` of every number."""
    current = inputs.current(inputs.model.values())
    rows, first = [], 0
    for group in inputs.groups:
        if not isinstance(group.what, Bounds):
            raise DeclarationError(
                f"{group.label}: {group.what!r} are no bounds; write Bounds(low, high)"
            )
        size = len(group.inputs)
        own = group.what
        given = current[first : first + size] if own.start is None else own.start
        sides = [_spread(group, side) for side in (own.low, own.high, given)]
        rows += list(zip(*sides, strict=True))
        first += size
    table = pd.DataFrame(rows, index=inputs.labels, columns=["low", "high", "start"])
    for label, (low, high, start) in zip(table.index, table.to_numpy(), strict=True):
        if not (low < high and low <= start <= high):
            raise DeclarationError(
                f"{label}: bounds {low:g} and {high:g} with the start {start:g}: it must lie "
                "between them, and they must differ; give Bounds(low, high, start)"
            )
    return table


def _spread(group: Group[Any], side: Any) -> Array:
    """A bound of each input of an entry."""
    value = np.asarray(side, float)
    if value.shape not in ((), group.shape, (len(group.inputs),)):
        raise DeclarationError(
            f"{group.label}: a bound has shape {value.shape}; it is a number, or has the shape "
            f"{group.shape} of the members"
        )
    return np.broadcast_to(value.ravel() if value.ndim else value, len(group.inputs))


def observed(outputs: Outputs, experiments: Sequence[Experiment]) -> list[Datum]:
    """All targets, checked."""
    if isinstance(experiments, Experiment):
        raise DeclarationError("experiments are a list: write [Experiment(...)]")
    names = [experiment.name for experiment in experiments]
    if not names or len(set(names)) != len(names):
        raise DeclarationError(f"experiments need names, each once; found {names or 'none'}")
    model, firsts, first = outputs.model, {}, 0
    for one in outputs.all:
        firsts[one.name] = first
        first += int(np.prod(model.dims.shape(one.letters)))
    data: list[Datum] = []
    for experiment in experiments:
        for name, written in experiment.targets.items():
            where = f"experiment {experiment.name}: target {name!r}"
            if name not in firsts:
                raise DeclarationError(f"{where} is no output; outputs are {', '.join(firsts)}")
            target = written if isinstance(written, Target) else Target(written)
            letters = next(one.letters for one in outputs.all if one.name == name)
            value, weight = (
                model.dims.spread(array, own, letters)
                for own, array in (
                    as_values(part, letters, model.dims, where)
                    for part in (target.value, target.weight)
                )
            )
            if (weight < 0.0).any():
                raise DeclarationError(f"{where}: a weight is negative")
            for k, at in enumerate(np.ndindex(value.shape)):
                if weight[at] > 0.0:
                    label = model.dims.member(name, letters, at)
                    data.append(
                        Datum(
                            experiment.name,
                            label,
                            firsts[name] + k,
                            float(value[at]),
                            float(weight[at]),
                        )
                    )
    if not data:
        raise DeclarationError("there is no target with a weight; give an experiment targets")
    return data
