"""SAMs whose accounts have names only, on the command line: what is suggested, and how to go on."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cge.cli.shared import say

if TYPE_CHECKING:
    from sam import SAM, KindsMissing
    from sam.suggestion import Suggestion

_WORST = 5
_ROUNDING = 1e-6


_SUGGESTING = ("sheet", "transposed", "ignore_totals")
"""Options of ``SAM.read`` by which kinds are suggested."""


def read_sam(path: Path, options: Mapping[str, Any]) -> tuple[SAM, Suggestion | None]:
    """The SAM in a file, and the kinds that were suggested where nobody tells them.

    Arguments:
        path: the file.
        options: of ``SAM.read``.

    Raises:
        KindsMissing: nobody tells them, and some cannot be suggested.
    """
    from sam import SAM, KindsMissing, SourceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SourceWarning)  # the heading names the sheets
        try:
            return SAM.read(path, strict=False, **options), None
        except KindsMissing as missing:
            if missing.suggestion.unknown:
                raise
            told = missing.suggestion
            return SAM.read(path, strict=False, **{**options, "kinds": told}), told


def suggestion_of(file: str, **options: Any) -> Suggestion:
    """The kinds suggested for the accounts in a file; a choice among its sheets is told.

    Arguments:
        file: its path.
        options: of ``suggest_kinds``.
    """
    from sam import SourceWarning, suggest_kinds

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", SourceWarning)
        suggestion = suggest_kinds(file, **options)
    for warning in told:
        say(f"Warning: {warning.message}")
    return suggestion


def given(options: Mapping[str, Any], names: Collection[str] = ()) -> list[str]:
    """Options of ``SAM.read`` as the command line takes them, those that are given.

    Arguments:
        options: by name.
        names: the options that are wanted; all if empty.
    """
    words: list[str] = []
    for name, value in options.items():
        if value and (not names or name in names):
            words += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
    return words


def suggested(file: str, options: Mapping[str, Any], suggestion: Suggestion) -> str:
    """What was suggested for the accounts of a file, and how to say otherwise."""
    return "\n".join(
        [
            "The file names accounts and tells no kinds. Checked with these, which are suggested "
            "by their names and payments:",
            *_indented(str(suggestion)),
            f"  -> {_remedy(file, options, 'correct it')}",
        ]
    )


def unreadable(file: str, options: Mapping[str, Any], missing: KindsMissing) -> tuple[str, str]:
    """What can be said of a file of whose accounts some have no kind, and what to do about them."""
    payments, suggestion = missing.payments, missing.suggestion
    balance = payments.groupby("row")["value"].sum().to_frame("receives")
    balance = balance.join(payments.groupby("col")["value"].sum().rename("pays"), how="outer")
    balance = balance.fillna(0.0)
    size = balance.abs().max(axis=1)
    balance["apart"] = (balance["receives"] - balance["pays"]).abs() / size.where(size > 0.0, 1.0)
    worst = balance[balance["apart"] > _ROUNDING].sort_values(
        "apart", ascending=False, kind="stable"
    )
    lines = [
        f"{file}: {len(suggestion.accounts)} accounts that have names and no kinds, "
        f"{len(payments):,} payments of {payments['value'].sum():,.6g} in all",
        f"{len(worst)} accounts do not receive what they pay" if len(worst) else "balanced",
        *(
            f"  {name} receives {got:,.6g} and pays {paid:,.6g}, "
            f"{100.0 * apart:.3g} % of the larger apart"
            for name, got, paid, apart in worst[:_WORST].itertuples(name=None)
        ),
        "Kinds suggested by names and payments:",
        *_indented(str(suggestion)),
    ]
    open_ones = suggestion.unknown
    those = f"{len(open_ones)} accounts have" if len(open_ones) > 1 else "1 account has"
    return "\n".join(lines), (
        f"Error: {file}: {those} no kind, so nothing more is checked; "
        f"{_remedy(file, options, 'add what is missing')}"
    )


def _remedy(file: str, options: Mapping[str, Any], change: str) -> str:
    made = _unused("kinds.csv")
    make = shlex.join([file, *given(options, _SUGGESTING), "--out", made])
    check = shlex.join([file, *given(options), "--kinds", made])
    return f"cge data kinds {make} writes them; {change} there and run cge data check {check}"


def _unused(name: str) -> str:
    """A name like this that no file has."""
    path, count = Path(name), 1
    while path.exists():
        count += 1
        path = Path(name).with_stem(f"{Path(name).stem}{count}")
    return str(path)


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]
