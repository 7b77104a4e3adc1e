"""Shocks of a scenario on the levers of the economy (``cge.scenario.shocks``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from cge.blocks import Lever, Refused, Values, Year
from cge.scenario import Scenario, ScenarioError, Shock

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Labels = Mapping[str, Sequence[str]]

LIMITED = "output_limit"
"""The lever whose limits need slots in the declared model."""


def values(lever: Lever, at: Year) -> Values:
    """Parameters that the shocks of a lever set in a year, none where there are no shocks.

    Arguments:
        lever: the lever.
        at: the year as it is without them.

    Raises:
        ScenarioError: a shock finds nothing to move, or leads out of range; names it and the place.
    """
    given: Array | None = None
    for where, shock in _of(at.setting.scenario, lever):
        if at.year < shock.begin:
            continue
        try:
            given = _shocked(lever, at, shock, given)
        except Refused as error:
            raise ScenarioError(f"{where}, {at.year}: {error}") from None
    if given is None:
        return {}
    try:
        whole = given if lever.open else np.where(np.isnan(given), lever.read(at), given)
        return lever.change(at, whole)
    except Refused as error:
        where, _ = next(_of(at.setting.scenario, lever))
        raise ScenarioError(f"{where}, {at.year}: {error}") from None


def slots(scenario: Scenario, labels: Labels) -> tuple[str, ...]:
    """Names of the slots for the limits on output that shocks set."""
    limited = np.zeros((len(labels["region"]), len(labels["sector"])), bool)
    for shock in scenario.shocks:
        if shock.lever == LIMITED:
            limited |= _mask(shock, ("region", "sector"), labels)
    return tuple(f"limit {k + 1}" for k in range(limited.sum()))


def _of(scenario: Scenario, lever: Lever) -> Iterator[tuple[str, Shock]]:
    """Shocks of a lever, each with what it is called in messages."""
    for k, shock in enumerate(scenario.shocks):
        if shock.lever == lever.name:
            yield f"scenario {scenario.name!r}, shocks[{k}] ({lever.name})", shock


def _shocked(lever: Lever, at: Year, shock: Shock, given: Array | None) -> Array:
    """What is given of a lever after a further shock, NaN where nothing is (dims of the lever).

    Raises:
        Refused: there is nothing to move, or the result is out of range.
    """
    dims, labels = lever.dims.split(), at.setting.labels
    mask = _mask(shock, dims, labels)
    given = np.full(mask.shape, np.nan) if given is None else given
    before = given
    if shock.rule != "level":
        before = np.where(np.isnan(given), lever.read(at), given)
    moved = shock.moved(before, at.year)
    _check(lever, moved, mask, labels)
    return np.where(mask, moved, given)


def _mask(shock: Shock, dims: Sequence[str], labels: Labels) -> Mask:
    """Where a shock holds (dims)."""
    named = shock.labels
    axes = [np.isin(labels[dim], named.get(dim, labels[dim])) for dim in dims]
    mask: Mask = np.ones((), bool)
    for axis in axes:
        mask = mask[..., None] & axis
    return mask


def _check(lever: Lever, moved: Array, mask: Mask, labels: Labels) -> None:
    """Assert that a lever is moved to numbers in its range.

    Raises:
        Refused: names the first place where it is not.
    """
    wrong = ~(moved >= lever.least) | (np.isinf(moved) & (not lever.unlimited))
    if (wrong & mask).any():
        at = tuple(int(k) for k in np.argwhere(wrong & mask)[0])
        place = " ".join(labels[dim][k] for dim, k in zip(lever.dims.split(), at, strict=True))
        least = f" of {lever.least:g} or more" if np.isfinite(lever.least) else ""
        raise Refused(
            f"comes to {moved[at]:g} {lever.unit} for {place}; give what leads to a number{least}, "
            "or name other labels"
        )
