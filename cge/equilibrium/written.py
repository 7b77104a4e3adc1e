"""What users write as functions of the economy or as a start, asked and told in their words.

Conditions and rules of auxiliary variables are Python functions that JAX traces: they may use
arithmetic and ``jax.numpy``, and no step that needs to know a number, such as ``float(x)``,
``if x`` or a function of NumPy. A start is a point of all unknowns by their keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np

from cge.equilibrium.axes import Array
from cge.language.declarations import Auxiliary, Family
from cge.language.errors import DeclarationError
from cge.language.plain import NO_NUMBERS
from cge.language.spelling import near
from cge.language.validity import is_jax


def condition(auxiliary: Auxiliary, state: Any) -> Array:
    """The condition of an auxiliary variable in a state, over its letters.

    Raises:
        DeclarationError: the function needs numbers where JAX has none yet, fails, or returns no
            numbers or an array of another shape.
    """
    where = f"auxiliary {auxiliary.name}: its condition"
    value = _called(where, auxiliary.until, state)
    return _over(where, state.axes.xp, value, auxiliary.shape, auxiliary.letters)


def moved(auxiliary: Auxiliary, name: str, rule: Callable[..., Any], *values: Any) -> Any:
    """A parameter as an auxiliary variable moves it; of NumPy where that moves it.

    Raises:
        DeclarationError: the rule needs numbers where JAX has none yet, or fails.
    """
    found = _called(f"auxiliary {auxiliary.name}: its rule of {name!r}", rule, *values)
    return found if any(map(is_jax, values)) else np.asarray(found)


def _called(where: str, function: Callable[..., Any], *values: Any) -> Any:
    try:
        return function(*values)
    except (jax.errors.JAXTypeError, jax.errors.JAXIndexError) as error:
        raise DeclarationError(
            f"{where} turns an array of the economy into a plain number, as float(), int(), if, "
            "while and functions of numpy do; keep to arithmetic and functions of jax.numpy, such "
            f"as jnp.where ({type(error).__name__})"
        ) from error
    except DeclarationError:
        raise
    except Exception as error:
        raise DeclarationError(
            f"{where} fails with {type(error).__name__}: {error}{_readers(error)}"
        ) from error


def _readers(error: Exception) -> str:
    """What a state can be asked, where a function asked for something else."""
    asked = getattr(error, "obj", None)
    if not isinstance(error, AttributeError) or not hasattr(asked, "unknowns"):
        return ""
    public = [name for name in dir(type(asked)) if not name.startswith("_")]
    readers = [name for name in public if callable(getattr(type(asked), name))]
    return f"; a state of the economy is asked for {', '.join(readers)}"


def _over(where: str, xp: Any, value: Any, shape: tuple[int, ...], letters: str) -> Array:
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    array = isinstance(value, np.ndarray | np.generic) or is_jax(value)
    if not plain and (not array or kind in NO_NUMBERS or kind == "O"):
        what = NO_NUMBERS.get(kind, f"a {type(value).__name__}") if array else type(value).__name__
        raise DeclarationError(
            f"{where} returns {what}; return a number or array that is zero at the solution, made "
            "of what the state is asked for, such as s.price(P) - 1.0"
        )
    found = np.shape(value)
    try:
        fits = np.broadcast_shapes(found, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise DeclarationError(
            f"{where} has shape {found}, and the variable is over '{' '.join(letters)}' {shape}; "
            "return one value for each member"
        )
    return xp.broadcast_to(xp.asarray(value), shape)


def point(start: Mapping[str, Any], families: Mapping[str, Family]) -> dict[str, Any]:
    """A start as the solver takes it: all unknowns by key, over their letters.

    Raises:
        DeclarationError: a key is unknown or missing, or an array does not fit.
    """
    unknown = [key for key in start if key not in families]
    if unknown:
        keys = "keys are p:PRICE, y:LEVEL, m:INCOME and a:AUXILIARY, as in equilibrium.unknowns"
        told = near(unknown[0], families, most=5, otherwise=keys)
        raise DeclarationError(f"start: unknown key {unknown[0]!r}; {told}")
    missing = [key for key in families if key not in start]
    if missing:
        raise DeclarationError(
            f"start: no values for {', '.join(missing[:5])} (and {len(missing)} unknowns in all); "
            "a start has all of them, as in {**equilibrium.unknowns, key: new}"
        )
    for key, value in start.items():
        if np.shape(value) != families[key].shape:
            raise DeclarationError(
                f"start: {key} has shape {np.shape(value)}; expected is {families[key].shape}, one "
                f"axis for each of the letters '{' '.join(families[key].letters)}'"
            )
    return dict(start)
