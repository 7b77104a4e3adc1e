r"""What a solve fixes, bounds or starts at, as users say it, in terms of the unknowns.

Prices, levels, incomes and auxiliary variables are named by handle, name or members, and given in
the units in which results have them: prices in the numeraire, levels relative to the reference
quantities, incomes as what is spent. The unknowns are

.. math:: u = \ln p , \quad \ln(1 + p / p_0) , \quad \ln y , \quad y / y_0 , \quad
          \ell (M / V_0) , \quad M / V_0 ,

as the family may be zero or not, and the agent has preferences or not. Incomes that are spent may
vanish: :math:`\ell` is the log that goes on as a line near zero (``vanishing``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cge.equilibrium.axes import Array, Axes
from cge.equilibrium.bounds import FREE, lower_name, upper_name
from cge.equilibrium.conditions import evaluate, start, variable_bounds
from cge.equilibrium.state import Unknowns
from cge.equilibrium.vanishing import ZERO, log_or_line
from cge.language.declarations import Activity, Agent, Auxiliary, Commodity, Family, Reference
from cge.language.errors import DeclarationError
from cge.language.handles import members
from cge.language.model import Model
from cge.language.parameters import as_values
from cge.language.spelling import near

_SLACK = 1e-12
"""What rounding may put beyond a bound, relative to it."""

Said = Mapping[Any, Any]
"""Values by handle, name or members of a price, level, income or auxiliary variable."""


@dataclass(frozen=True, eq=False)
class _Units:
    """Translates what users say of a model at given parameters.

    Attributes:
        model: the declared model.
        scale: size of each agent's income, which its unknown is relative to.
    """

    model: Model
    scale: Mapping[Agent, Array]

    def unknown(self, reference: Reference[Any], value: Array) -> Array:
        """The unknown of values in the units of results; minus infinity for zero in logs."""
        family = reference.family
        with np.errstate(divide="ignore", invalid="ignore"):
            if isinstance(family, Commodity):
                size = family.zero_scale
                return np.log(value) if size is None else np.log1p(value / size)
            if isinstance(family, Activity):
                return self._vanishing(value) if family.latent is None else value / family.latent
            if isinstance(family, Agent):
                relative = value / self.scale[family][_place(family, reference)]
                return relative if family.tree is None else self._vanishing(relative)
        return value

    @staticmethod
    def _vanishing(relative: Array) -> Array:
        """The unknown of a level or of spending relative to its reference, none below zero."""
        unknown: Array = np.where(relative < 0.0, np.nan, log_or_line(np, relative))
        return np.maximum(unknown, ZERO)

    def said(self, said: Said, what: str) -> Iterator[tuple[str, Reference[Any], Any]]:
        """Keys of ``Model.families``, members and values of what a user names.

        Raises:
            DeclarationError: there is no such price, level, income or variable.
        """
        table = {family.name: family for family in self.model.families().values()}
        keys = {family: key for key, family in self.model.families().items()}
        for asked, value in said.items():
            kind = f"{what}: no price, level, income or auxiliary variable"
            reference = members(asked, table, kind)
            yield keys[reference.family], reference, value

    def array(self, reference: Reference[Any], value: Any, where: str) -> Array:
        """A number, array or labelled value over the letters of a reference."""
        dims, letters = self.model.dims, reference.letters
        try:
            own, array = as_values(value, letters, dims, where)
        except DeclarationError as error:
            if letters and isinstance(value, Mapping):
                raise DeclarationError(f"{error}; {_some_only(reference)}") from None
            raise
        return dims.spread(array, own, letters)


def limits(
    model: Model, values: Mapping[str, Any], fix: Said | None, bounds: Said | None
) -> dict[str, Array]:
    """Bounds of a solve by ``lower_name`` and ``upper_name``, in terms of the unknowns.

    Arguments:
        model: the declared model.
        values: parameters of the solve.
        fix: values at which unknowns are held.
        bounds: pairs (lower, upper), None on a side without a bound.

    Raises:
        DeclarationError: a family, label or value does not fit, bounds are in the wrong order, a
            member is held twice, or what is fixed clashes with the numeraire.
    """
    if not fix and not bounds:
        return {}
    units = _units(model, values)
    result: dict[str, Array] = {}
    taken: dict[str, Array] = {}

    def hold(key: str, reference: Reference[Any], sides: tuple[Any, Any], where: str) -> None:
        family = reference.family
        lower, upper = (
            result.setdefault(name(key), np.full(family.shape, free))
            for name, free in ((lower_name, -FREE), (upper_name, FREE))
        )
        place = _place(family, reference)
        seen = taken.setdefault(key, np.zeros(family.shape, bool))
        if seen[place].any():
            raise DeclarationError(f"{where}: {_member(family, place, seen[place])} is held twice")
        seen[place] = True
        lower[place] = sides[0]
        upper[place] = sides[1]

    for key, reference, value in units.said(fix or {}, "fix"):
        where = f"fix of {_named(reference)}"
        given = units.array(reference, value, where)
        at = units.unknown(reference, given)
        _check_finite(reference, at, given, where)
        _check_within(units, values, reference, given, where)
        hold(key, reference, (at, at), where)
    for key, reference, value in units.said(bounds or {}, "bounds"):
        where = f"bounds of {_named(reference)}"
        hold(key, reference, _sides(units, reference, value, where), where)
    _check_numeraire(model, values, result)
    return result


def _sides(units: _Units, reference: Reference[Any], value: Any, where: str) -> tuple[Array, Array]:
    """Both bounds in terms of the unknown."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise DeclarationError(f"{where}: give a pair (lower, upper), None where there is none")
    shape = reference.family.dims.shape(reference.letters)
    sides = []
    for side, free in zip(value, (-FREE, FREE), strict=True):
        if side is None:
            sides.append(np.full(shape, free))
            continue
        given = units.array(reference, side, where)
        at = units.unknown(reference, given)
        if np.isnan(at).any():
            found = _first(reference, np.isnan(at), given)
            raise DeclarationError(f"{where}: a bound is below zero, {found}")
        sides.append(np.maximum(at, -FREE))
    crossed = sides[0] > sides[1]
    if crossed.any():
        member = _first(reference, crossed, None)
        raise DeclarationError(f"{where}: the lower bound is above the upper one{member}")
    return sides[0], sides[1]


def _named(reference: Reference[Any]) -> str:
    """A family with the letters asked for, a scalar one by its name."""
    return str(reference) if reference.use else reference.family.name


def _some_only(reference: Reference[Any]) -> str:
    """How to say a value of some members only."""
    letter = next(c for c in reference.letters)
    label = reference.family.dims[letter].labels[0]
    name, place = reference.family.name, reference.use.index(letter)
    declared = reference.family.letters[place]
    return f"for some members only name them, as in {{{name}.at({declared}={label!r}): 1.0}}"


def _check_within(
    units: _Units, values: Mapping[str, Any], reference: Reference[Any], given: Array, where: str
) -> None:
    """What is fixed is within the bounds of its declaration: no price or level is below zero, no
    level above its capacity, and no auxiliary variable beyond its own bounds.
    """
    family, dims = reference.family, units.model.dims
    least: Any = 0.0 if isinstance(family, Commodity | Activity) else None
    most: Any = None
    axes = Axes(dims, np)
    if isinstance(family, Auxiliary):
        least, most = variable_bounds(axes, family, values)
    if isinstance(family, Activity) and family.capacity is not None:
        limit = family.capacity
        most = dims.spread(np.asarray(values[limit.name], float), limit.letters, family.letters)
    for bound, sign, said in ((least, 1.0, "below"), (most, -1.0, "above")):
        if bound is None:
            continue
        whole = np.broadcast_to(np.asarray(bound, float), family.shape)
        limits = dims.members(whole, reference.use)
        beyond = sign * (given - limits) < -_SLACK * (1.0 + np.abs(limits))
        if beyond.any():
            at = tuple(int(k) for k in np.argwhere(beyond)[0])
            labels = ",".join(dims[c].labels[k] for c, k in zip(reference.letters, at, strict=True))
            raise DeclarationError(
                f"{where}: {given[at]:g}{f' at {labels}' if labels else ''} is {said} the bound of "
                f"the declaration, {limits[at]:g}; fix it within, or declare another bound"
            )


def _first(reference: Reference[Any], wrong: Array, given: Array | None) -> str:
    """The first member that is wrong, with what was given of it."""
    at = tuple(int(k) for k in np.argwhere(wrong)[0])
    place = reference.family.dims.place(reference.letters, at)
    return place if given is None else f"found {given[at]:g}{place}"


def _check_finite(reference: Reference[Any], at: Array, given: Array, where: str) -> None:
    """What is said of unknowns is within their domain: incomes may vanish, prices of some goods."""
    if not np.isfinite(at).all():
        where = f"{where}: {_first(reference, ~np.isfinite(at), given)}"
        if isinstance(reference.family, Agent):
            raise DeclarationError(f"{where}; an income must be a number, 0 or more")
        may = {Commodity: "may_be_zero", Activity: "latent"}.get(type(reference.family))
        remedy = "" if may is None else f"; declare {reference.family.name} with {may} if not"
        raise DeclarationError(f"{where}; it must be positive{remedy}")


def _check_numeraire(model: Model, values: Mapping[str, Any], limits: Mapping[str, Array]) -> None:
    """What is fixed leaves the numeraire something to determine, and Walras' law a market."""
    dropped = model.dropped
    if dropped is None:
        return
    key, first = f"p:{dropped.name}", (0,) * len(dropped.letters)
    fixes_dropped = False
    if lower_name(key) in limits:
        lower, upper = limits[lower_name(key)][first], limits[upper_name(key)][first]
        fixes_dropped = bool(lower == upper)
        if not fixes_dropped and (lower > -FREE or upper < FREE):
            raise DeclarationError(
                f"bounds of {dropped.labels(first)}: its market is the one left unsolved as "
                "Walras' check, so that no condition is complementary to its price; leave another "
                "one unsolved (Model.numeraire(..., drop=...)), or fix the price: it is the "
                "numeraire then"
            )
    if fixes_dropped:
        return  # its price is the numeraire in place of the index
    if all(_is_fixed(c, w.letters, values[w.name], limits) for c, w in model.index.items()):
        names = ", ".join(c.name for c in model.index)
        raise DeclarationError(
            f"fix: the numeraire is {names}, whose price is given already; fixing it would give it "
            f"twice, and leave the market of {dropped.labels(first)} without a condition. Prices "
            f"are relative to the numeraire; for another unit of account fix {dropped.name} "
            "instead, which takes the numeraire's place"
        )


def _is_fixed(
    commodity: Commodity, letters: str, weight: Array, limits: Mapping[str, Array]
) -> bool:
    """Whether all members of a commodity that count in the numeraire are fixed."""
    key = f"p:{commodity.name}"
    share = commodity.dims.spread(np.asarray(weight), letters, commodity.letters)
    if lower_name(key) not in limits:
        return not (share != 0).any()
    fixed = limits[lower_name(key)] == limits[upper_name(key)]
    return bool(fixed[share != 0].all())


def starting(model: Model, values: Mapping[str, Any], said: Said, base: Unknowns) -> Unknowns:
    """Unknowns to start from: those of a known point, with what a user says of some in their place.

    Arguments:
        model: the declared model.
        values: parameters of the solve.
        said: values by handle, name or members in the units of results, or unknowns by key.
        base: the point.

    Raises:
        DeclarationError: a family, label, key or value does not fit.
    """
    point = {key: np.array(u, float) for key, u in base.items()}
    raw = {k: v for k, v in said.items() if isinstance(k, str) and ":" in k}
    for key, value in raw.items():
        if key not in point or np.shape(value) != point[key].shape:
            shape = f" of shape {point[key].shape}" if key in point else ""
            raise DeclarationError(f"start: no unknown {key!r}{shape}; {near(key, point)}")
        point[key] = np.asarray(value, float)
        if not np.isfinite(point[key]).all():
            raise DeclarationError(
                f"start: unknown {key!r} is not a number in all members; unknowns by key are logs "
                "of prices, levels and incomes, as in equilibrium.unknowns"
            )
    rest = {k: v for k, v in said.items() if k not in raw}
    if not rest:
        return point
    units = _units(model, values)
    for key, reference, value in units.said(rest, "start"):
        where = f"start of {_named(reference)}"
        given = units.array(reference, value, where)
        at = units.unknown(reference, given)
        _check_finite(reference, at, given, where)
        point[key][_place(reference.family, reference)] = at
    return point


def _units(model: Model, values: Mapping[str, Any]) -> _Units:
    """Sizes of incomes at given parameters, which do not depend on prices."""
    with np.errstate(all="ignore"):
        numbers = {k: np.asarray(v) for k, v in values.items()}
        state = evaluate(model, Axes(model.dims, np), start(model), numbers)
    return _Units(model, state.scale)


def _place(family: Family, reference: Reference[Any]) -> tuple[Any, ...]:
    """Where the members of a reference stand in an array of the family, pins without an axis."""
    dims, index = family.dims, []
    for c in reference.use:
        positions = dims[c].positions
        index.append(np.arange(dims[c].size) if positions is None else positions)
    held = [k for k, c in enumerate(reference.use) if c not in reference.letters]
    grid: Callable[..., tuple[Any, ...]] = np.ix_
    open_ = grid(*[at for k, at in enumerate(index) if k not in held])
    places = iter(open_)
    return tuple(int(index[k][0]) if k in held else next(places) for k in range(len(index)))


def _member(family: Family, place: tuple[Any, ...], seen: Array) -> str:
    """Name of the first member that is seen."""
    where = np.zeros(family.shape, bool)
    where[place] = seen
    return family.labels(tuple(int(k) for k in np.argwhere(where)[0]))
