r"""Lines beside the accounts of a square table, what they are called, and whether they are right.

They state totals, subtotals, or differences of what accounts receive and pay. A stated total
:math:`t` of printed addends :math:`a_i`, both rounded, misses their sum by no more than half a unit
of the last digit each,

.. math:: \Big| t - \sum_{i=1}^{n} a_i \Big| \le \tfrac{1}{2} \left( u_t + n \, u_a \right) .

A line whose name is that of no total, but whose entries are the sums of all others, is one all the
same: read as an account it would double the table without unbalancing it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]


def _plain(label: str) -> str:
    """The letters of a label, small and half-width, without blanks and marks between them."""
    text = unicodedata.normalize("NFKC", label).casefold()
    return "".join(sign for sign in text if sign.isalnum() or unicodedata.combining(sign))


def _words(text: str) -> frozenset[str]:
    return frozenset(_plain(word) for word in text.replace("\n", ",").split(",") if word.strip())


WORDS = _words("""
    total, totals, tot, grand total, overall total, sum, sums, sum total, row total, row totals
    row sum, row sums, column total, column totals, column sum, column sums, col total, col sum
    total row, total column, receipts, total receipts, payments, total payments, total income
    total incomes, total outlays, total expenditure, total expenditures, total supply
    total demand, total use, total uses, total input, total inputs, total output, total outputs
    total général, totaux, somme, sommes, ensemble, total recettes, total dépenses
    gesamt, gesamtsumme, insgesamt, summe, zusammen, totaal, summa, totalt
    suma, suma total, totales, total general, total ingresos, total gastos
    soma, totais, total geral, totale, totali, somma
    razem, ogółem, celkem, összesen, toplam, jumlah, итого, всего, сумма, разом, усього
    合计, 总计, 共计, 总和, 总收入, 总支出, 合計, 総計, 總計, 합계, 총계, المجموع, الإجمالي, कुल
""")
"""Names of lines that hold the sums of a table."""

SUBTOTALS = _words("""
    subtotal, subtotals, sous-total, zwischensumme, subtotale, subtotaal, подытог, 小计, 小計, 소계
""")
"""Names of lines that hold the sums of some lines of a table."""

DIFFERENCES = _words("""
    difference, differences, diff, diffs, row less column, column less row, check, imbalance
    imbalances, différence, différences, écart, écarts, diferencia, diferencias, diferença
    differenza, differenz, differenzen, abweichung, verschil, разница, 差额, 差异, 差額
""")
"""Names of lines that hold what accounts receive less what they pay."""

IGNORED = "ignore_totals=True (--ignore-totals) reads the table as it is"
"""How to read a table whatever its totals state."""

FEWEST = 3
"""Entries other than zero by which a line shows that it is a total; fewer may be chance."""

_WHOLE = 1e15  # numbers from here on hold no decimals
_DIGITS = 9  # decimals beyond which numbers count as not rounded
_NOISE = 1e-6  # of the addends, what numbers of single precision are rounded by


def is_total(label: str) -> bool:
    """Whether a label names the sums of a table, whatever case, blanks and colons."""
    return _plain(label) in WORDS


def is_subtotal(label: str) -> bool:
    """Whether a label names the sums of some lines of a table."""
    return _plain(label) in SUBTOTALS


def is_difference(label: str) -> bool:
    """Whether a label names what accounts receive less what they pay."""
    return _plain(label) in DIFFERENCES


def is_sum(label: str) -> bool:
    """Whether a label names a line that states something of accounts, and is none."""
    return _plain(label) in WORDS | SUBTOTALS | DIFFERENCES


@dataclass(frozen=True, eq=False)
class Line:
    """A row, or a column, beside the accounts of a table that states something of them.

    Attributes:
        name: what it states.
        before: how many of the accounts on its side come before it.
        stated: numbers by account that it crosses, ``NaN`` where there is none.
    """

    name: str
    before: int
    stated: Array


def contradiction(line: Line, table: pd.DataFrame) -> tuple[int, str] | None:
    """Where a line contradicts a table, and what should stand there.

    Arguments:
        line: a row beside those of the table; for a column beside its columns turn the table.
        table: payments between accounts, the same on both sides in any order.

    Returns:
        Position of the account among the columns of the table, and the right number in words;
        ``None`` where all may be right but for rounding.
    """
    addends, stated = _meant(line, table)
    wrong = contradicted(stated, addends)
    if wrong is None:
        return None
    what = "the sum of its line"
    if is_difference(line.name):
        what = "the difference of what its account receives and pays"
    return wrong, f"{addends[:, wrong].sum():,.15g}, {what}"


def misses(line: Line, table: pd.DataFrame) -> Array:
    """What sums exceed a line of totals by, in the columns of a table, zero but for rounding.

    Arguments:
        line: as ``contradiction`` takes it.
        table: as ``contradiction`` takes it.
    """
    addends, stated = _meant(line, table)
    gap = addends.sum(axis=0) - stated
    return np.where(_excess(stated, addends) > 0.0, gap, 0.0)


def states_sums(line: Line, table: pd.DataFrame) -> bool:
    """Whether a line without a name states the sums of all columns of a table, or differences."""
    if np.isnan(line.stated).all():
        return False
    for name in ("total", "difference"):
        addends, stated = _meant(replace(line, name=name), table)
        told = ~np.isnan(stated) | (addends.sum(axis=0) == 0.0)
        if told.all() and contradicted(stated, addends) is None:
            return True
    return False


def _meant(line: Line, table: pd.DataFrame) -> tuple[Array, Array]:
    """The addends of what a line states by its name (addend, account), and what it states."""
    values, stated = table.to_numpy(), line.stated
    if is_subtotal(line.name):
        return nearest_run(stated, values[: line.before][::-1], values[line.before :]), stated
    if is_difference(line.name):
        addends = np.concatenate([values, -values[table.index.get_indexer(table.columns)].T])
        return addends, np.copysign(stated, addends.sum(axis=0))  # whichever is taken from which
    return values, stated


def total_account(values: Array) -> int | None:
    """Position of an account whose entries are the sums of all others on both sides.

    Arguments:
        values: payments (account, account).
    """
    found = totals_among(values) & totals_among(values.T)
    return int(found.argmax()) if found.any() else None


def contradicted(stated: Array, addends: Array) -> int | None:
    """The entry of a line of totals that differs most from its sum, none where all may be.

    Arguments:
        stated: totals by entry, ``NaN`` where none is stated.
        addends: what each is the sum of (addend, entry).
    """
    excess = _excess(stated, addends)
    return int(excess.argmax()) if excess.size and excess.max() > 0.0 else None


def nearest_run(stated: Array, *sides: Array) -> Array:
    """The neighbouring lines whose sums contradict the fewest entries of a line, then by least.

    Arguments:
        stated: subtotals by entry, ``NaN`` where none is stated.
        sides: the lines before it and those after it, the nearest first (line, entry).
    """
    runs = (side[:count] for side in sides for count in range(1, len(side) + 1))

    def distance(run: Array) -> tuple[int, float]:
        excess = np.maximum(_excess(stated, run), 0.0)
        return int(np.count_nonzero(excess)), float(excess.sum())

    return min(runs, key=distance)


def _excess(stated: Array, addends: Array) -> Array:
    """By how much totals differ from their sums beyond rounding; negative where they need not."""
    gap: Array = np.nan_to_num(np.abs(stated - addends.sum(axis=0)))
    return gap - _rounding(_last_digit(stated), _last_digit(addends), addends)


def totals_among(values: Array) -> npt.NDArray[np.bool_]:
    """Lines whose entries are the sums of all other lines, but in at most one column.

    Arguments:
        values: payments (account, account).
    """
    own = np.array([_last_digit(line) for line in values])
    least = np.sort(own)[:2]  # of all lines, and without the one that has it
    others = np.where(own == least[:1], least[-1:], least[:1])
    apart = np.abs(2.0 * values - values.sum(axis=0)) > _rounding(
        own[:, None], others[:, None], values
    )
    entries = values != 0.0
    np.fill_diagonal(apart, False)
    np.fill_diagonal(entries, False)
    enough = (entries & ~apart).sum(axis=1) >= FEWEST
    return np.asarray(enough & (apart.sum(axis=1) <= 1), dtype=bool)


def _rounding(stated: Array | float, printed: Array | float, addends: Array) -> Array:
    """What rounding may make a total and the sum of its addends differ by.

    Arguments:
        stated: the unit of the last digit of the total.
        printed: that of its addends.
        addends: what it is the sum of (addend, entry).
    """
    count = (addends != 0.0).sum(axis=0)
    noise = _NOISE * np.abs(addends).sum(axis=0)
    rounded: Array = 0.5 * (stated + count * printed) + noise
    return rounded


def _last_digit(values: Array) -> float:
    """The unit of the last digit in which some numbers are printed, zero where they are not."""
    known = values[(values != 0.0) & (np.abs(values) < _WHOLE)]
    for decimals in range(_DIGITS + 1):
        if np.all(np.abs(known.round(decimals) - known) <= 1e-14 * np.abs(known)):
            return float(10.0**-decimals)
    return 0.0
