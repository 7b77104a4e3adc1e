"""Alias letters: where places may be meant, although letters bind.

An array over ``c d`` that is used in ``PX["d c"]`` is read by its letters: its entry (c, d) belongs
to the member (d, c) of PX. Whoever thinks in places, first axis to first axis, means the
transposed, and where c and d have the same labels no size and no label tells. Such uses are warned
about, unless all entries are the same.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from cge.language.dimensions import Dimensions
from cge.language.errors import LetterWarning

if TYPE_CHECKING:
    from cge.language.declarations import Commodity, Reference
    from cge.language.parameters import Parameter


def warn_exchanged(number: Parameter, reference: Reference[Commodity], where: str) -> None:
    """Warn where a number has the letters of a family in order, and the use exchanges them."""
    use, declared = reference.use, reference.family.letters
    uniform = number.value.min() == number.value.max()
    if use == declared or sorted(use) != sorted(declared) or uniform:
        return
    if "".join(c for c in number.letters if c in use) == declared:
        said, asked = " ".join(number.letters), f'{reference.family.name}["{" ".join(use)}"]'
        warnings.warn(
            f"{where}: {number.name!r} is over '{said}', and {asked} exchanges the letters "
            f"'{' '.join(declared)}' of {reference.family.name}. Letters bind, not places: each "
            f"entry is read at the letters it was given. If that is meant, give the number over "
            f"its letters in the order of the use, '{' '.join(use)}'; else exchange its letters",
            LetterWarning,
            stacklevel=6,
        )


def warn_repeated(number: Parameter, owner: str, use: str, dims: Dimensions, where: str) -> None:
    """Warn where each member of an owner owns what is given for all members of an alias."""
    if set(owner) & set(number.letters):
        return
    pairs = [
        (own, other)
        for own in owner
        for other in use
        if other in number.letters and other != own and dims[own].base == dims[other].base
    ]
    for own, other in pairs:
        warnings.warn(
            f"{where}: {number.name!r} is over {other!r}, and its owner over {own!r}, which has "
            f"the same labels: every member owns the amounts of all {other!r}. If each owns its "
            f"own, write {own!r} for {other!r}; else give the number over both letters",
            LetterWarning,
            stacklevel=6,
        )
