r"""Totals printed beside a square table: what they are called, and whether they are the sums.

A stated total :math:`t` of printed addends :math:`a_i`, both rounded, misses their sum by no more
than half a unit of the last digit each,

.. math:: \Big| t - \sum_{i=1}^{n} a_i \Big| \le \tfrac{1}{2} \left( u_t + n \, u_a \right) .

A line whose name is that of no total, but whose entries are the sums of all others, is one all the
same: read as an account it would double the table without unbalancing it.
"""

from __future__ import annotations

import unicodedata

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def _plain(label: str) -> str:
    """The letters of a label, small and half-width, without blanks and marks between them."""
    text = unicodedata.normalize("NFKC", label).casefold()
    return "".join(sign for sign in text if sign.isalnum() or unicodedata.combining(sign))


def _words(text: str) -> frozenset[str]:
    return frozenset(_plain(word) for word in text.replace("\n", ",").split(",") if word.strip())


WORDS = _words("""
    total, totals, grand total, overall total, sum, sums, sum total, row total, row totals, row sum
    row sums, column total, column totals, column sum, column sums, col total, col sum, total row
    total column, receipts, total receipts, payments, total payments, total income, total incomes
    total outlays, total expenditure, total expenditures, total supply, total demand, total use
    total uses, total input, total inputs, total output, total outputs
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

FEWEST = 3
"""Entries other than zero by which a line shows that it is a total; fewer may be chance."""

_WHOLE = 1e15  # numbers from here on hold no decimals
_DIGITS = 9  # decimals beyond which numbers count as not rounded
_NOISE = 1e-9  # of the addends, what adding floating-point numbers makes


def is_total(label: str) -> bool:
    """Whether a label names the sums of a table, whatever case, blanks and colons."""
    return _plain(label) in WORDS


def is_subtotal(label: str) -> bool:
    """Whether a label names the sums of some lines of a table."""
    return _plain(label) in SUBTOTALS


def contradicted(stated: Array, addends: Array) -> int | None:
    """The entry of a line of totals that differs most from its sum, none where all may be.

    Arguments:
        stated: totals by entry, ``NaN`` where none is stated.
        addends: what each is the sum of (addend, entry).
    """
    excess = _excess(stated, addends)
    return int(excess.argmax()) if excess.size and excess.max() > 0.0 else None


def nearest_run(stated: Array, *sides: Array) -> Array:
    """The neighbouring lines whose sums contradict the fewest entries of a line of subtotals.

    Arguments:
        stated: subtotals by entry, ``NaN`` where none is stated.
        sides: the lines before it and those after it, the nearest first (line, entry).
    """
    runs = (side[:count] for side in sides for count in range(1, len(side) + 1))
    return min(runs, key=lambda run: int((_excess(stated, run) > 0.0).sum()))


def _excess(stated: Array, addends: Array) -> Array:
    """By how much totals differ from their sums beyond rounding; negative where they need not."""
    gap: Array = np.nan_to_num(np.abs(stated - addends.sum(axis=0)))
    return gap - _rounding(stated, addends)


def totals_among(values: Array, own: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Lines whose entries are the sums of all other lines, but in at most one column.

    Arguments:
        values: payments (line, column).
        own: column of the same account by line, -1 where there is none.
    """
    sums = values.sum(axis=0)
    apart = np.abs(2.0 * values - sums) > _rounding(values, values)
    entries = values != 0.0
    lines = np.flatnonzero(own >= 0)
    apart[lines, own[lines]] = entries[lines, own[lines]] = False
    enough = (entries & ~apart).sum(axis=1) >= FEWEST
    return np.asarray(enough & (apart.sum(axis=1) <= 1), dtype=bool)


def _rounding(stated: Array, addends: Array) -> Array:
    """What rounding may make a total and the sum of its addends differ by."""
    count = (addends != 0.0).sum(axis=0)
    noise = _NOISE * np.abs(addends).sum(axis=0)
    rounded: Array = 0.5 * (_last_digit(stated) + count * _last_digit(addends)) + noise
    return rounded


def _last_digit(values: Array) -> float:
    """The unit of the last digit in which some numbers are printed, zero where they are not."""
    known = values[(values != 0.0) & (np.abs(values) < _WHOLE)]
    for decimals in range(_DIGITS + 1):
        if np.all(np.abs(known.round(decimals) - known) <= 1e-14 * np.abs(known)):
            return float(10.0**-decimals)
    return 0.0
