r"""What the accounts of a table are: kinds given to names, and sectors parted in two.

Many tables give an industry and its good one account, a **sector**. Its payments are those of an
activity, which makes the good, and of a commodity, the market in which it is sold:

- the activity pays inputs (of sectors and commodities), factors, accounts of the kinds ``tax`` and
  ``government``, incomes of households and enterprises, and investment (depreciation);
- the commodity pays all else: imports, margins, accounts of the word ``product_tax``, inventories,
  other regions, other activities;
- the activity receives subsidies (from accounts of the kind ``tax``) and what commodities and
  factors pay it;
- the commodity receives all else: what is sold to sectors, final users and abroad.

The activity sells its output to the commodity: with :math:`P^a_s` what it pays and :math:`R^a_s`
what it receives besides,

.. math:: X_s = P^a_s - R^a_s ,

so the activity balances, and the commodity lacks exactly what the sector lacked: both balance if
and only if the sector did. Payments to all other accounts stay, and so do their balances; the sum
of the table grows by the outputs. GDP is the same whether a tax is paid by the activity or by the
commodity; it moves between taxes on production and on products.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.accounts import (
    ACTIVITY,
    COMMODITY,
    ENTERPRISE,
    FACTOR,
    GOVERNMENT,
    HOUSEHOLD,
    INVESTMENT,
    TAX,
)
from sam.deduction import suggest
from sam.errors import KindsMissing, SAMError
from sam.kinds import KIND_WORDS, PRODUCT_TAX, SECTOR, Kinds, KindsLike, Label, account_name
from sam.matrix import files
from sam.matrix.frames import COL_KEYS, COLUMNS, NAMED, ROW_KEYS, TURNED, names_only, require_frame
from sam.matrix.places import Array, Codes
from sam.matrix.square_frames import long_payments, payments_of
from sam.suggestion import Suggestion

_ACTIVITY_PAYS = frozenset(
    (SECTOR, COMMODITY, FACTOR, TAX, GOVERNMENT, HOUSEHOLD, ENTERPRISE, INVESTMENT)
)
"""Words of the accounts that the activity of a sector pays; all others its commodity pays."""

_ACTIVITY_RECEIVES = frozenset((COMMODITY, FACTOR, TAX))
"""Words of the accounts that pay the activity of a sector; all others pay its commodity."""


def labelled(
    frame: pd.DataFrame, kinds: KindsLike | None = None, region: str | None = None
) -> pd.DataFrame:
    """A long frame with region and kind of every account.

    Arguments:
        frame: payments with all labels, or between accounts that have names only.
        kinds: what the accounts are, where they have names only.
        region: their region.

    Raises:
        KindsMissing: accounts have names only and ``kinds`` is omitted.
        SAMError: kinds are given to a table that tells them, or do not fit its accounts.
    """
    if not names_only(frame.columns):
        if kinds is not None:
            raise SAMError(
                "SAM: the table tells the kinds of its accounts; leave out `kinds` (--kinds)"
            )
        return frame
    both = pd.concat([frame["row"], frame["col"]], ignore_index=True)
    found, spelt = pd.factorize(both)
    same, accounts = pd.factorize(np.array([account_name(name) for name in spelt], dtype=object))
    receivers, payers = np.split(same[found], 2)
    if kinds is None:
        raise _missing(
            pd.DataFrame(
                {
                    "row": accounts[receivers],
                    "col": accounts[payers],
                    "value": frame["value"].to_numpy(),
                }
            )
        )
    labels = list(Kinds.of(kinds).labels(accounts.tolist(), region).values())
    return _parted(labels, receivers, payers, frame["value"].to_numpy())


def suggest_kinds(
    source: str | Path | pd.DataFrame,
    *,
    sheet: str | None = None,
    transposed: bool = False,
    ignore_totals: bool = False,
) -> Suggestion:
    """Suggest what the accounts of a table are that has names only.

    Arguments:
        source: the file of a SAM, or a frame as ``SAM.from_matrix`` or ``SAM.from_frame`` take it.
        sheet: sheet of a workbook, as in ``SAM.read``.
        transposed: rows pay and columns receive.
        ignore_totals: do not hold the totals of a table against its sums.

    Returns:
        A mapping from account to kind that ``kinds=`` takes once it is complete, with ``unknown``
        accounts, ``reasons``, and ``save(path)``.

    Raises:
        SAMError: the table tells the kinds of its accounts, or cannot be read.
        SourceError: names file, sheet, row and column of a cell that cannot be read.
    """
    if not isinstance(source, (str, Path)):
        require_frame(source)
        headings = {str(name).strip().lower() for name in (*source.columns, *source.index.names)}
        if set(NAMED) <= headings:
            frame, _ = long_payments(source, ignore_totals=ignore_totals)
        else:
            frame = payments_of(source, ignore_totals=ignore_totals)
    else:
        (frame, _), place = files.read(source, sheet, ignore_totals=ignore_totals)
        place.warn(stacklevel=3)
    try:
        labelled(frame.rename(columns=TURNED) if transposed else frame)
    except KindsMissing as missing:
        return missing.suggestion
    raise SAMError("SAM: the table tells the kinds of its accounts; there is nothing to suggest")


def _missing(payments: pd.DataFrame) -> KindsMissing:
    suggestion = suggest(payments)
    count, told = len(suggestion.accounts), "; ".join(str(suggestion).splitlines())
    if suggestion.unknown:
        lacking = ", ".join(f'"{account}": "KIND"' for account in suggestion.unknown)
        remedy = (
            f"Take it and add what is open, kinds={{**error.suggestion, {lacking}}}, KIND being "
            f"one of {', '.join(KIND_WORDS)}"
        )
    else:
        remedy = "Take it with kinds=error.suggestion"
    return KindsMissing(
        f"SAM: {count} accounts have names and no kinds. Suggested are {told}. {remedy}, "
        'or write it to a file with error.suggestion.save("kinds.csv"), correct it there and read '
        'with kinds="kinds.csv" (error is this exception; sam.suggest_kinds gives the same)',
        suggestion,
        payments,
    )


def _parted(
    labels: Sequence[Label], receivers: Codes, payers: Codes, values: Array
) -> pd.DataFrame:
    """Payments between labelled accounts, sectors as activities and commodities.

    Arguments:
        labels: of the accounts.
        receivers: place of the receiving account among them (payment).
        payers: place of the paying account (payment).
        values: what is paid (payment).
    """
    regions, names = (np.array([label[k] for label in labels], dtype=object) for k in (0, 2))
    word = np.array([KIND_WORDS.index(label.word) for label in labels], dtype=np.intp)
    sides: dict[str, npt.NDArray[np.object_]] = {}
    for keys, own, other, of_activity in (
        (ROW_KEYS, receivers, payers, _ACTIVITY_RECEIVES),
        (COL_KEYS, payers, receivers, _ACTIVITY_PAYS),
    ):
        kinds = np.array(
            [[_kind(mine, theirs, of_activity) for theirs in KIND_WORDS] for mine in KIND_WORDS],
            dtype=object,
        )  # own word, other word
        parts = regions[own], kinds[word[own], word[other]], names[own]
        sides |= dict(zip(keys, parts, strict=True))
    payments = pd.DataFrame({**sides, "value": values})
    if all(label.word != SECTOR for label in labels):
        return payments
    return pd.concat([payments, _outputs(payments, labels)], ignore_index=True)


def _kind(own: str, other: str, of_activity: Collection[str]) -> str:
    """Kind of an account at one end of a payment, by its word and that at the other end."""
    if own == SECTOR:
        return ACTIVITY if other in of_activity else COMMODITY
    return TAX if own == PRODUCT_TAX else own


def _outputs(payments: pd.DataFrame, labels: Sequence[Label]) -> pd.DataFrame:
    """What the activity of every sector sells to its commodity."""
    sectors = [(x.region, ACTIVITY, x.name) for x in labels if x.word == SECTOR]
    owners = pd.MultiIndex.from_tuples(sectors, names=ROW_KEYS)
    paid, received = (
        payments.groupby(keys)["value"].sum().rename_axis(ROW_KEYS).reindex(owners, fill_value=0.0)
        for keys in (COL_KEYS, ROW_KEYS)
    )
    output = (paid - received).rename("value").reset_index()
    output = output.assign(col_region=output["row_region"], col_kind=COMMODITY, col=output["row"])
    return output.loc[output["value"] != 0.0, list(COLUMNS)]
