"""Named dimensions of a model: every axis of every array is a letter with labels.

A model is declared over letters, e.g. ``r`` regions and ``i`` goods. An *alias* is a second letter
for the same labels (``q`` for the region a good comes from), a *subset* a letter that runs over
some labels of another one (``f``, the fuels among the goods ``i``).
"""

from collections.abc import Iterable, Iterator, KeysView, Sequence, Set
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cge.language.errors import DeclarationError


@dataclass(frozen=True)
class Alias:
    """A second letter for the labels of ``of``."""

    of: str


@dataclass(frozen=True)
class Subset:
    """A letter that runs over ``members``, labels of the letter ``of``."""

    of: str
    members: tuple[str, ...]


def alias(of: str) -> Alias:
    """Declare a letter with the same labels as the letter ``of``."""
    return Alias(of)


def subset(of: str, members: Iterable[str]) -> Subset:
    """Declare a letter that runs over ``members``, which are labels of the letter ``of``."""
    return Subset(of, _labels(members, f"subset of {of!r}"))


def letters_of(use: str) -> str:
    """Strip the spaces of ``"r i"``: the letters as einsum writes them.

    Raises:
        DeclarationError: it is no text.
    """
    if not isinstance(use, str):
        raise DeclarationError(f"letters are a text such as 'r i', found {use!r}")
    return use.replace(" ", "")


def _labels(labels: Any, where: str) -> tuple[str, ...]:
    """Labels in the order in which they are said.

    Raises:
        DeclarationError: they have no order, are one text, or one of them is missing.
    """
    if isinstance(labels, Set) and not isinstance(labels, KeysView):
        raise DeclarationError(
            f"{where}: a set has no order, and labels stand for positions; give a list or tuple, "
            "such as sorted(...)"
        )
    if isinstance(labels, str) or not isinstance(labels, Iterable):
        raise DeclarationError(
            f"{where}: expected is a list of labels, such as ['north', 'south'], found {labels!r}"
        )
    listed = list(labels)
    missing = [x for x in listed if x is None or str(x) in ("nan", "NaT", "<NA>")]
    if missing:
        raise DeclarationError(f"{where}: {missing[0]!r} among the labels; name every member")
    return tuple(map(str, listed))


def is_pin(letter: str) -> bool:
    """Whether an axis is held at one label (``Dimensions.pin``): no letter of any flow."""
    return "\ue000" <= letter <= "\uf8ff"


@cache
def loose(use: str) -> str:
    """The letters of a reference without the axes that it holds at one label."""
    return "".join(c for c in use if not is_pin(c))


def extended(letters: str, more: str) -> str:
    """Letters with those of ``more`` that they lack; axes held at one label add none."""
    return letters + "".join(c for c in loose(more) if c not in letters)


def align(array: Any, letters: str, target: str) -> Any:
    """View of an array over ``letters`` that broadcasts over ``target`` (same order, ones)."""
    if letters == target:
        return array
    order, places = _alignment(letters, target)
    if order is not None:
        array = array.transpose(order)
    if places is None:
        return array
    shape = array.shape
    return array.reshape([1 if place is None else shape[place] for place in places])


@cache
def _alignment(
    letters: str, target: str
) -> tuple[tuple[int, ...] | None, tuple[int | None, ...] | None]:
    """Axes in the order of ``target``, and the place of each axis of the view; None: as it is."""
    ordered = [c for c in target if c in letters]
    if len(ordered) != len(letters):
        raise ValueError(f"axes over '{letters}' cannot stand over '{target}'")
    order = tuple(letters.index(c) for c in ordered)
    places = tuple(ordered.index(c) if c in ordered else None for c in target)
    return order if order != tuple(
        range(len(letters))
    ) else None, places if None in places else None


@dataclass(frozen=True)
class Dimension:
    """One letter: its labels, the letter it is based on, and its positions there.

    ``base`` is the letter whose axis an array of a commodity really has (itself for a plain
    dimension, the original for an alias or a subset); ``positions`` selects a subset's members
    on that axis and is ``None`` when the letter runs over the whole axis.
    """

    letter: str
    labels: tuple[str, ...]
    base: str
    positions: NDArray[np.intp] | None = None

    @property
    def size(self) -> int:
        """Number of labels."""
        return len(self.labels)


class Dimensions:
    """All letters of a model, checked when declared."""

    def __init__(self, declared: dict[str, Sequence[str] | Alias | Subset | int]) -> None:
        self._table: dict[str, Dimension] = {}
        self._pins: dict[str, Dimension] = {}
        for letter, what in declared.items():
            if len(letter) != 1 or not letter.isalpha() or not letter.islower():
                raise DeclarationError(
                    f"dimension {letter!r}: a dimension is one lower-case letter, such as r=regions"
                )
            self._table[letter] = self._declare(letter, what)

    def _declare(self, letter: str, what: Sequence[str] | Alias | Subset | int) -> Dimension:
        if isinstance(what, Alias):
            of = self[what.of]
            return Dimension(letter, of.labels, of.base, of.positions)
        if isinstance(what, Subset):
            return self._declare_subset(letter, what)
        count = range(what) if isinstance(what, int) and not isinstance(what, bool) else what
        labels = _labels(count, f"dimension {letter!r}")
        if len(set(labels)) != len(labels) or not labels:
            repeated = sorted({x for x in labels if labels.count(x) > 1})
            raise DeclarationError(f"dimension {letter!r}: labels empty or repeated: {repeated}")
        return Dimension(letter, labels, letter)

    def _declare_subset(self, letter: str, what: Subset) -> Dimension:
        of = self[what.of]
        unknown = [m for m in what.members if m not in of.labels]
        if unknown or not what.members or len(set(what.members)) != len(what.members):
            raise DeclarationError(
                f"dimension {letter!r}: subset of {what.of!r} with unknown, repeated or no "
                f"members {unknown or list(what.members)}; known are {', '.join(of.labels)}"
            )
        own = np.array([of.labels.index(m) for m in what.members])
        return Dimension(
            letter, what.members, of.base, own if of.positions is None else of.positions[own]
        )

    def pin(self, letter: str, label: str) -> str:
        """The axis of a letter held at one label: a subset of one, under a name of its own.

        It stands for the letter in the ``use`` of a reference, and in no other place.

        Raises:
            DeclarationError: the letter has no such label.
        """
        of, label = self[letter], str(label)
        if label not in of.labels:
            raise DeclarationError(
                f"no {label!r} among the labels of {letter!r}: {', '.join(of.labels)}"
            )
        one = self._declare_subset(letter, Subset(letter, (label,)))
        for name, known in self._pins.items():
            if (known.base, known.labels) == (one.base, one.labels):
                return name
        name = chr(0xE000 + len(self._pins))
        self._pins[name] = Dimension(name, one.labels, one.base, one.positions)
        return name

    def written(self, use: str) -> str:
        """Letters as a user writes them, ``r i``, and labels where axes are held: ``[SH] i``."""
        return " ".join(f"[{self[c].labels[0]}]" if is_pin(c) else c for c in use)

    def labels_at(self, letters: str, at: Iterable[int]) -> list[str]:
        """Labels of one member, by its position along each letter."""
        return [self[c].labels[k] for c, k in zip(letters, at, strict=True)]

    def member(self, name: str, letters: str, at: Iterable[int]) -> str:
        """Name of one member, such as ``PA[SH,COL]``; the name itself of a scalar."""
        labels = self.labels_at(letters, at)
        return f"{name}[{','.join(labels)}]" if labels else name

    def place(self, letters: str, at: Iterable[int]) -> str:
        """A member as messages say it: `` at SH,COL``, nothing of a scalar."""
        labels = self.labels_at(letters, at)
        return f" at {','.join(labels)}" if labels else ""

    def members(self, array: Any, use: str, xp: Any = np) -> Any:
        """Members of a family's array at letters ``use``, over those that are no pins."""
        for axis, letter in enumerate(use):
            positions = self[letter].positions
            if positions is not None:
                array = xp.take(array, positions, axis=axis)
        return array if loose(use) == use else array.reshape(self.shape(loose(use)))

    def __getitem__(self, letter: str) -> Dimension:
        if letter in self._pins:
            return self._pins[letter]
        if letter not in self._table:
            raise DeclarationError(
                f"unknown dimension letter {letter!r}; declared are {', '.join(self._table)}"
            )
        return self._table[letter]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def shape(self, letters: str) -> tuple[int, ...]:
        """Sizes of the axes ``letters``."""
        return tuple(self[c].size for c in letters)

    def spread(self, array: NDArray[Any], letters: str, target: str) -> NDArray[Any]:
        """A NumPy array over ``letters`` repeated over all of ``target``."""
        return np.broadcast_to(align(array, letters, target), self.shape(target)).copy()

    def same_labels(self, use: str, declared: str) -> bool:
        """Whether an object declared over ``declared`` may be used as ``use``."""
        return len(use) == len(declared) and all(
            self[u].base == self[d].base for u, d in zip(use, declared, strict=True)
        )
