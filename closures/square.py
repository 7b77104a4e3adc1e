r"""Squareness: every variable has a condition, every condition a variable that moves it.

By structure: what is freed is freed once, and has the letters of what is fixed for it. By numbers:
the conditions' response S to the variables, all markets clearing along, is regular at the benchmark
(see ``Model.responses``),

.. math:: S\,dv = dg , \qquad S_{kk} > 0 \text{ where the variable } k \text{ has a bound} ,

the latter because otherwise the wrong side of the bound would hold. Every error names a variable or
a condition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from cge.language import Fixed, Freed, Model, Swap, letters_of
from closures.errors import ClosureError

Array = npt.NDArray[np.float64]

NOTHING = 1e-7
"""A response below this is none: conditions are relative, and differences exact to 1e-8 or so."""


def match(freed: Sequence[Freed], fixed: Sequence[Fixed]) -> tuple[Swap, ...]:
    """Pair variables with conditions over the same letters, in the order given.

    Which of several pairs over the same letters belong together matters at bounds only.

    Raises:
        ClosureError: a variable or a condition is left over.
    """
    left, pairs = list(fixed), []
    for variable in freed:
        own = [c for c in left if letters_of(c.letters) == letters_of(variable.letters)]
        if not own:
            raise ClosureError(
                f"variable {variable.name!r}{_over(variable.letters)} has no condition: fix one "
                f"more quantity{_over(variable.letters)}, or leave {_moved(variable)} as given"
            )
        left.remove(own[0])
        pairs.append(Swap(variable, own[0]))
    if left:
        raise ClosureError(
            f"condition {left[0].name!r}{_over(left[0].letters)} has no variable: free one more "
            f"parameter{_over(left[0].letters)}, or do not fix {left[0].name}"
        )
    return tuple(pairs)


def check_structure(model: Model, swaps: Sequence[Swap]) -> None:
    """Assert that variables and conditions fit each other and the model.

    Raises:
        ClosureError: names the variable or condition.
    """
    freed = {p: auxiliary.name for auxiliary in model.auxiliaries.values() for p in auxiliary.moves}
    for each in swaps:
        _check_letters(each)
        if not each.freed.moves:
            raise ClosureError(f"variable {each.name!r} moves no parameter: name one in moves")
        for parameter in each.freed.moves:
            if model.parameters.get(parameter.name) is not parameter:
                raise ClosureError(
                    f"variable {each.name!r}: {parameter.name!r} is no parameter of {model.name}"
                )
            missing = sorted(set(letters_of(each.freed.letters)) - set(parameter.letters))
            if missing:
                raise ClosureError(
                    f"variable {each.name!r}{_over(each.freed.letters)} cannot move "
                    f"{parameter.name!r}{_over(parameter.letters)}, which lacks {missing}"
                )
            if parameter in freed:
                raise ClosureError(
                    f"parameter {parameter.name!r} is freed twice, as {freed[parameter]!r} for "
                    f"{_condition_of(swaps, freed[parameter])} and as {each.name!r} for "
                    f"{each.fixed.name!r}: free another parameter for one of them"
                )
            freed[parameter] = each.name
    _check_names(model, swaps)


def _check_letters(each: Swap) -> None:
    if letters_of(each.freed.letters) != letters_of(each.fixed.letters):
        raise ClosureError(
            f"variable {each.name!r}{_over(each.freed.letters)} and its condition "
            f"{each.fixed.name!r}{_over(each.fixed.letters)} are not as many: give both the same "
            "letters in the same order"
        )


def _check_names(model: Model, swaps: Sequence[Swap]) -> None:
    variables, conditions = [s.name for s in swaps], [s.fixed.name for s in swaps]
    variables += list(model.auxiliaries)
    conditions += [
        name.removesuffix("_target") for name in model.parameters if name.endswith("_target")
    ]
    for names, what in ((variables, "variable"), (conditions, "condition")):
        for name in names:
            if names.count(name) > 1:
                raise ClosureError(
                    f"{what} {name!r} stands twice: a quantity is fixed, and a variable freed, once"
                )


def _condition_of(swaps: Sequence[Swap], name: str) -> str:
    """What a variable that is already there is for."""
    return next((repr(s.fixed.name) for s in swaps if s.name == name), "a condition of the model")


def check_regular(model: Model, swaps: Sequence[Swap]) -> None:
    """Assert that the declared variables are determined by their conditions at the benchmark.

    Arguments:
        model: the model with all its auxiliary variables declared.
        swaps: those that are swaps.

    Raises:
        ClosureError: a condition depends on nothing that is free, a variable moves nothing that is
            fixed, several conditions say the same, or a bound is on the wrong side.
    """
    table = model.responses().to_numpy(dtype=float)  # condition, variable
    names = {each.name: each.fixed.name for each in swaps}
    variables = list(_members(model, {}))
    conditions = list(_members(model, names))
    for k in np.flatnonzero(np.abs(table).max(axis=1, initial=0.0) < NOTHING):
        raise ClosureError(
            f"condition {conditions[k]} depends on nothing that is free ({', '.join(variables)}): "
            "free a parameter that moves it, or do not fix it"
        )
    for k in np.flatnonzero(np.abs(table).max(axis=0, initial=0.0) < NOTHING):
        raise ClosureError(
            f"variable {variables[k]} moves nothing that is fixed ({', '.join(conditions)}): fix "
            "a quantity that depends on it, or leave its parameter as given"
        )
    _check_independent(table, variables, conditions)
    _check_bounds(np.diag(table), swaps, variables, conditions)


def _members(model: Model, names: dict[str, str]) -> Iterator[str]:
    """Members of all auxiliaries, such as ``employment[SH]``, under other names where given."""
    for auxiliary in model.auxiliaries.values():
        for at in np.ndindex(auxiliary.shape):
            own = auxiliary.labels(at)
            yield names.get(auxiliary.name, auxiliary.name) + own.removeprefix(auxiliary.name)


def _check_independent(table: Array, variables: list[str], conditions: list[str]) -> None:
    """Assert that no conditions say the same and no variables do the same."""
    if not table.size:
        return
    scaled = table / np.abs(table).max(axis=1, keepdims=True)
    scaled = scaled / np.abs(scaled).max(axis=0, keepdims=True)
    left, size, right = np.linalg.svd(scaled)
    if size[-1] >= NOTHING * size[0]:
        return
    same = [conditions[k] for k in np.flatnonzero(np.abs(left[:, -1]) > 0.1)]
    alike = [variables[k] for k in np.flatnonzero(np.abs(right[-1]) > 0.1)]
    raise ClosureError(
        f"conditions {', '.join(same)} are not independent: they cannot determine the variables "
        f"{', '.join(alike)}; fix another quantity or free another parameter"
    )


def _check_bounds(
    own: Array, swaps: Sequence[Swap], variables: list[str], conditions: list[str]
) -> None:
    """Assert that a condition rises with its own variable where that has a bound."""
    bounded = {each.name for each in swaps if each.freed.bounded}
    for k in np.flatnonzero(own <= 0.0):
        if variables[k].partition("[")[0] in bounded:
            raise ClosureError(
                f"variable {variables[k]} has a bound, and {conditions[k]} moves against it: say "
                "falls=True for a quantity that falls as the variable rises, False for one that "
                "rises"
            )


def _over(letters: str) -> str:
    return f" over '{letters}'" if letters else " (scalar)"


def _moved(variable: Freed) -> str:
    return ", ".join(parameter.name for parameter in variable.moves)
