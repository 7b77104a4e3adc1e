r"""The social accounting matrix: what the base year was, in money.

A SAM is a square matrix :math:`T` of payments in which the row account receives from the column
account. Double entry makes every account balance,

.. math:: \sum_j T_{kj} = \sum_i T_{ik} \quad \text{for every account } k .

The matrix is held as a long table with one row per payment. Payments that may run in either
direction (saving, transfers) are written as the opposite payment when negative, so cells are
non-negative except taxes less subsidies and changes in stocks (``sam.accounts.SIGNED``). Tables
made otherwise are read with ``strict=False`` and examined by ``sam.checks``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.errors import SAMError
from sam.kinds import KindsLike
from sam.matrix import files
from sam.matrix.aggregation import Merging, Splitting, reclassify
from sam.matrix.files import Source
from sam.matrix.frames import (
    ACCOUNT,
    COLUMNS,
    NOT_STATED,
    TURNED,
    checked,
    flip,
    located,
    readable,
)
from sam.matrix.labelling import labelled
from sam.matrix.layouts import LAYOUTS, LONG, SQUARE
from sam.matrix.national_accounts import gdp
from sam.matrix.places import Codes, Places, place_payments
from sam.matrix.square_frames import long_payments, payments_of
from sam.matrix.summary import html, info, macro, summary
from sam.ranking import worst_first

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sam.matrix.rebalancing import Rebalanced, Total

UNIT = "1e8 CNY"
"""Unit of the project's own SAMs."""


@dataclass(frozen=True, eq=False, repr=False)
class SAM:
    """A multi-regional social accounting matrix.

    Arguments:
        frame: one line per payment with the columns ``row_region, row_kind, row, col_region,
            col_kind, col, value``; values in ``unit``.
        unit: unit of the values.
        strict: refuse negative payments but subsidies and changes in stocks; ``False`` keeps them.
        source: file and sheet that ``read`` took, ``None`` of a SAM that was not read from a file.

    Raises:
        SAMError: columns are missing, a label cannot be read, a value is not finite, a payment is
            listed twice, an account kind is unknown, or (``strict``) a payment is negative where
            the convention does not allow it.
    """

    frame: pd.DataFrame
    unit: str = UNIT
    strict: bool = True
    source: Source | None = None

    def __post_init__(self) -> None:
        if not readable(self.unit):
            raise SAMError(f"SAM: the unit {self.unit!r} is no text; name it, such as {UNIT!r}")
        object.__setattr__(self, "frame", checked(self.frame, strict=self.strict))

    # Construction

    @classmethod
    def from_frame(
        cls,
        table: pd.DataFrame,
        unit: str | None = None,
        *,
        region: str | None = None,
        kinds: KindsLike | None = None,
        strict: bool = True,
        ignore_totals: bool = False,
    ) -> SAM:
        """Build a SAM from a long table of payments, tolerant of its form.

        Arguments:
            table: the columns of ``frame`` in any order or as index, or of them only ``row, col,
                value``, and ``unit`` if it tells it; others are ignored, labels are stripped of
                blanks. Among names totals may stand.
            unit: unit of the values; if omitted that of the table, or "(unit not stated)".
            region: region of all accounts where the table has no region columns.
            kinds: what the accounts are where they have names only, as in ``read``.
            strict: refuse negative payments.
            ignore_totals: do not hold totals against their sums.

        Raises:
            KindsMissing: accounts have names only and ``kinds`` is omitted; it suggests them.
            SAMError: as the class, or the table states another unit, or a total is not the sum of
                its line.
        """
        frame, found = long_payments(table, region, ignore_totals=ignore_totals)
        return cls(labelled(frame, kinds, region), _unit(unit, found), strict)

    @classmethod
    def from_matrix(
        cls,
        table: pd.DataFrame,
        unit: str | None = None,
        *,
        region: str | None = None,
        kinds: KindsLike | None = None,
        strict: bool = True,
        ignore_totals: bool = False,
    ) -> SAM:
        """Build a SAM from a square table, the inverse of ``matrix``.

        Arguments:
            table: receiving accounts as index, paying accounts as columns, both with the levels
                region, kind, account, or with names only; columns are aligned with rows by label.
                Zeros are no payments; an account that receives nothing is kept by a zero payment
                to itself. Beside names lines of totals may stand.
            unit: unit of the values, "(unit not stated)" if omitted.
            region: region of all accounts where labels are only kind and account, or names.
            kinds: what the accounts are where they have names only, as in ``read``.
            strict: refuse negative payments.
            ignore_totals: do not hold totals against their sums.

        Raises:
            KindsMissing: accounts have names only and ``kinds`` is omitted; it suggests them.
            SAMError: as the class, or rows and columns list different accounts, which are named, or
                a total is not the sum of its line.
        """
        frame = payments_of(table, region, ignore_totals=ignore_totals)
        return cls(labelled(frame, kinds, region), _unit(unit, None), strict)

    @classmethod
    def read(
        cls,
        path: str | Path,
        unit: str | None = None,
        *,
        sheet: str | None = None,
        region: str | None = None,
        kinds: KindsLike | None = None,
        strict: bool = True,
        transposed: bool = False,
        ignore_totals: bool = False,
    ) -> SAM:
        """Read a SAM from a file: ``.csv``, ``.csv.gz``, ``.xlsx``, ``.xls`` or ``.parquet``.

        Arguments:
            path: a long or square table (``sam.matrix.files`` shows both), with regions and kinds
                or with names only, as SAMs are published.
            unit: unit of the values; if omitted the one that the file states, or "(unit not
                stated)".
            sheet: sheet of a workbook; if omitted the first that holds a SAM, visible sheets before
                hidden ones, with a ``SourceWarning`` where several visible ones do or it is hidden
                (``source`` names all).
            region: region of all accounts where the table names none; "Home" for a table of names
                only. The rest of the world is in the region "ROW".
            kinds: what the accounts are where they have names only: kinds by name or pattern
                (``{"a-*": "activity", "gov": "government"}``), the path of a table with the columns
                ``account`` and ``kind``, or a function from account to kind (``sam.kinds``).
            strict: refuse negative payments.
            transposed: rows pay and columns receive.
            ignore_totals: do not hold the totals of a table against its sums.

        Raises:
            KindsMissing: accounts have names only and ``kinds`` is omitted; it suggests them.
            SourceError: names file, sheet, row and column of a cell that cannot be read, or of a
                total that is not the sum of its line.
            SAMError: as the class, with the file; or the file states another unit.
        """
        load = partial(files.read, path, sheet, region, ignore_totals=ignore_totals)
        return cls._of(path, load, unit, region, kinds, strict, transposed)

    @classmethod
    def from_csv(
        cls,
        path: str | Path,
        unit: str | None = None,
        *,
        region: str | None = None,
        kinds: KindsLike | None = None,
        strict: bool = True,
        transposed: bool = False,
        ignore_totals: bool = False,
    ) -> SAM:
        """Read a SAM from a CSV file (``.gz`` allowed), as ``read`` does."""
        load = partial(files.read_csv, Path(path), region, ignore_totals=ignore_totals)
        return cls._of(path, load, unit, region, kinds, strict, transposed)

    @classmethod
    def from_excel(
        cls,
        path: str | Path,
        unit: str | None = None,
        *,
        sheet: str | None = None,
        region: str | None = None,
        kinds: KindsLike | None = None,
        strict: bool = True,
        transposed: bool = False,
        ignore_totals: bool = False,
    ) -> SAM:
        """Read a SAM from a sheet of a workbook, as ``read`` does."""
        load = partial(files.read_excel, Path(path), sheet, region, ignore_totals=ignore_totals)
        return cls._of(path, load, unit, region, kinds, strict, transposed)

    @classmethod
    def from_parquet(
        cls,
        path: str | Path,
        unit: str | None = None,
        *,
        region: str | None = None,
        kinds: KindsLike | None = None,
        strict: bool = True,
        transposed: bool = False,
        ignore_totals: bool = False,
    ) -> SAM:
        """Read a SAM from a Parquet file, as ``read`` does."""
        load = partial(files.read_parquet, Path(path), region, ignore_totals=ignore_totals)
        return cls._of(path, load, unit, region, kinds, strict, transposed)

    @classmethod
    def _of(
        cls,
        path: str | Path,
        load: Callable[[], files.Reading],
        unit: str | None,
        region: str | None,
        kinds: KindsLike | None,
        strict: bool,
        transposed: bool,
    ) -> SAM:
        """The SAM of a file; what it objects to is told with the file."""
        (frame, found), source = load()
        source.warn(stacklevel=4)
        if transposed:
            frame = frame.rename(columns=TURNED)
        return located(
            path,
            lambda: cls(labelled(frame, kinds, region), _unit(unit, found), strict, source),
        )

    # Files

    def write(self, path: str | Path, layout: str = LONG) -> None:
        """Write the SAM to ``.csv``, ``.csv.gz``, ``.xlsx`` or ``.parquet``, exactly.

        Arguments:
            path: ``read`` gives back what it holds: accounts, payments, unit, to the last bit.
            layout: ``long``, one line per payment, or ``square``, one row per account (not for
                Parquet); a square table forgets the order of payments and those of zero.

        Raises:
            SAMError: unknown format, layout or folder, or a table too large for a sheet.
        """
        files.write(path, self.frame, self._square(layout), self.unit)

    def to_csv(self, path: str | Path, layout: str = LONG) -> None:
        """Write a CSV file (packed if its name ends in ``.gz``), as ``write`` does."""
        files.write_csv(Path(path), self.frame, self._square(layout), self.unit)

    def to_excel(self, path: str | Path, layout: str = LONG) -> None:
        """Write a workbook with one sheet, as ``write`` does."""
        files.write_excel(Path(path), self.frame, self._square(layout), self.unit)

    def to_parquet(self, path: str | Path) -> None:
        """Write a Parquet file, as ``write`` does."""
        files.write_parquet(Path(path), self.frame, None, self.unit)

    def _square(self, layout: str) -> pd.DataFrame | None:
        if layout not in LAYOUTS:
            raise SAMError(f"SAM: unknown layout {layout!r}; choose one of {', '.join(LAYOUTS)}")
        return self.matrix() if layout == SQUARE else None

    # Accounts and payments

    @cached_property
    def accounts(self) -> pd.DataFrame:
        """All accounts (columns ``region, kind, account``) by kind, region and appearance."""
        return self._places.accounts

    @cached_property
    def _places(self) -> Places:
        return place_payments(self.frame)

    @cached_property
    def titles(self) -> list[str]:
        """What messages call the accounts, in the order of ``accounts``.

        Names alone in a SAM of one region, with their kind where kinds share them; else
        ``region/kind/name``.
        """
        return self._places.titles()

    @property
    def ends(self) -> tuple[Codes, Codes]:
        """Places among ``accounts`` of the receiver and of the payer of every payment."""
        return self._places.receivers, self._places.payers

    def names(self, kind: str) -> list[str]:
        """Names of the accounts of a kind, without repetition over regions."""
        return (
            self.accounts.loc[self.accounts["kind"] == kind, "account"].drop_duplicates().tolist()
        )

    @cached_property
    def regions(self) -> list[str]:
        """Regions that own activities, in order of appearance."""
        owners = self.accounts.loc[self.accounts["kind"] == "activity", "region"]
        return owners.drop_duplicates().tolist()

    def flow(
        self,
        row_kind: str,
        col_kind: str,
        *,
        row: str | None = None,
        col: str | None = None,
        row_region: str | None = None,
        col_region: str | None = None,
    ) -> pd.DataFrame:
        """Payments from accounts of one kind to accounts of another, as a labelled matrix.

        Arguments:
            row_kind: kind of the receiving accounts.
            col_kind: kind of the paying accounts.
            row: keep only receiving accounts of this name.
            col: keep only paying accounts of this name.
            row_region: keep only receiving accounts of this region.
            col_region: keep only paying accounts of this region.

        Returns:
            A frame with index and columns (region, account), zeros where nothing is paid, in the
            order of ``accounts``; values in ``unit``.

        Raises:
            SAMError: no account of that kind, name and region exists.
        """
        places = self._places
        rows = places.find(row_kind, row_region, row)
        columns = places.find(col_kind, col_region, col)
        labels = places.labels(rows, "row"), places.labels(columns, "col")
        return pd.DataFrame(places.block(rows, columns), *labels)

    def matrix(self) -> pd.DataFrame:
        """The whole SAM as a square frame over (region, kind, account)."""
        index = pd.MultiIndex.from_frame(self.accounts)
        everyone = np.arange(len(index))
        return pd.DataFrame(self._places.block(everyone, everyone), index=index, columns=index)

    def select(
        self,
        kind: str | Collection[str] | None = None,
        region: str | Collection[str] | None = None,
        account: str | Collection[str] | None = None,
        *,
        partners: bool = False,
    ) -> SAM:
        """The payments among some accounts, as a SAM of their own (which need not balance).

        Arguments:
            kind: keep accounts of these kinds.
            region: keep accounts of these regions.
            account: keep accounts of these names.
            partners: keep also what these accounts pay to others and receive from them.

        Raises:
            SAMError: a kind, region or name does not occur, or nothing is paid among them.
        """
        keep = self._places.among(kind, region, account)
        receives, pays = keep[self._places.receivers], keep[self._places.payers]
        frame = self.frame[receives | pays if partners else receives & pays]
        if frame.empty:
            raise SAMError(
                f"SAM.select: no payments among the {keep.sum()} accounts of kind {kind}, region "
                f"{region}, name {account}; partners=True shows what they pay to others"
            )
        return replace(self, frame=frame)

    # Balance

    def balance(self) -> pd.DataFrame:
        """Receipts, payments and their difference by account (values in ``unit``)."""
        return self._places.totals()

    def imbalance(self) -> pd.Series:
        """Difference between receipts and payments relative to the larger, by account.

        Payments of either sign (taxes less subsidies, changes in stocks) count with their size:
        what turns over in an account whose sum is zero is not zero.

        Returns:
            A series over (region, kind, account), in the order of ``accounts``.
        """
        table = self.balance().set_index(ACCOUNT)
        size = np.maximum(self._places.turnover(), 1e-300)
        return (table["difference"].abs() / size).rename("imbalance")

    def check(self, tol: float = 1e-9) -> None:
        """Assert that every account balances.

        Arguments:
            tol: largest allowed difference relative to the larger of the account's totals.

        Raises:
            SAMError: names the five worst accounts with their totals and differences.
        """
        table, relative = self.balance(), self.imbalance().to_numpy()
        bad = np.flatnonzero(relative > tol)
        if bad.size:
            worst = bad[worst_first(relative[bad])][:5]
            lines = [
                _describe(self.titles[k], table.iloc[k], relative[k], self.unit) for k in worst
            ]
            raise SAMError(
                f"SAM: {bad.size} of {len(table)} accounts do not balance to {tol:g} (relative): "
                + "; ".join(lines)
                + ". Rebalance the table (SAM.rebalance) or correct these accounts."
            )

    def flip_negative(self) -> SAM:
        """Negative payments, but subsidies and changes in stocks, as the opposite payments.

        Balances do not change. The result keeps the convention, so it is ``strict``.
        """
        return SAM(flip(self.frame), self.unit)

    def transpose(self) -> SAM:
        """The SAM with receivers and payers exchanged, for a table in which rows pay.

        Such a table is read with ``transposed=True``, which this undoes. The result is as
        ``strict``.
        """
        return replace(self, frame=self.frame.rename(columns=TURNED))

    def rebalance(
        self,
        totals: Iterable[Total] = (),
        *,
        method: str = "entropy",
        relative_deviation: float | None = None,
        deviations: npt.ArrayLike | pd.Series | None = None,
        empty: str | Collection[str] = (),
    ) -> Rebalanced:
        """The nearest SAM whose accounts balance and that meets totals, with a report.

        Arguments:
            totals: ``sam.matrix.Total`` each, exact or with a standard deviation; none to balance
                the accounts only.
            method: ``entropy`` or ``least_squares``.
            relative_deviation: standard deviation of payments relative to their size, 0.1 if
                omitted. Matters beside totals with a deviation only.
            deviations: of each line of ``frame`` instead; 0 where a payment stays.
            empty: accounts, as ``region/kind/account``, that may lose all they receive or pay,
                because they pay or receive nothing.

        Raises:
            SAMError: a total is no ``Total``, names labels that do not occur, or selects no
                payment.
            BalancingError: an account could only be emptied, or the totals contradict each other;
                those to blame are named.
        """
        from sam.balancing import RELATIVE_DEVIATION
        from sam.matrix.rebalancing import rebalance

        spread = RELATIVE_DEVIATION if relative_deviation is None else relative_deviation
        return rebalance(
            self,
            totals,
            method=method,
            relative_deviation=spread,
            deviations=deviations,
            empty=empty,
        )

    # Other classifications

    def aggregate(
        self,
        regions: Merging | None = None,
        accounts: Merging | None = None,
        *,
        kinds: str | Collection[str] | None = None,
    ) -> SAM:
        """Merge regions and account names (names not in a mapping stay as they are).

        Balance, totals and GDP of what is merged are kept. Trade between merged regions becomes
        payments within the new region: what one part bought from another is now sold locally.

        Arguments:
            regions: new name by region, or a concordance.
            accounts: new name by account, or by (region, account), or a concordance; weights that
                divide an account split it as ``disaggregate`` does.
            kinds: limits ``accounts`` to these kinds; a concordance must then cover them.

        Raises:
            SAMError: a name or kind does not occur, or a concordance leaves out accounts of
                ``kinds``.
        """
        return replace(self, frame=reclassify(self.frame, regions, accounts, kinds=kinds))

    def disaggregate(
        self,
        regions: Splitting | None = None,
        accounts: Splitting | None = None,
        *,
        kinds: str | Collection[str] | None = None,
        flows: SAM | pd.DataFrame | None = None,
    ) -> SAM:
        """Split regions and accounts; ``aggregate`` of the result gives the SAM back.

        Weights are of any size (shares, output, population). With one set of weights per account
        the parts balance as the whole does; with a pair of them (receipts, payments), weights that
        differ between regions, or ``flows``, they do not: ``rebalance``.

        Arguments:
            regions: ``{"RCN": {"North": 3.0, "South": 2.0}}`` or a concordance. Payments within a
                region stay within its parts, so trade between the parts comes from ``flows`` only.
            accounts: likewise by name or (region, name). Parts of an activity make their own parts
                of its good.
            kinds: limits ``accounts`` to these kinds.
            flows: payments between the new accounts, in any unit; where they tell how an old
                payment is divided, their proportions are taken instead of the weights.

        Raises:
            SAMError: a name or kind does not occur, weights or flows are negative, or have no sum.
        """
        pattern = flows.frame if isinstance(flows, SAM) else flows
        frame = reclassify(self.frame, regions, accounts, kinds=kinds, flows=pattern)
        return replace(self, frame=frame)

    # Summaries

    def macro(self, *, by_region: bool = False, totals: bool = True) -> pd.DataFrame:
        """The macro SAM: payments between kinds of account.

        Arguments:
            by_region: one account per region and kind instead of one per kind.
            totals: add the row and the column of totals.

        Returns:
            A square frame in ``unit``, kinds in the order of a SAM, within each region if asked.
        """
        return macro(self, by_region=by_region, totals=totals)

    def gdp(self) -> pd.DataFrame:
        """GDP by production, income and expenditure; see ``sam.matrix.national_accounts``."""
        return gdp(self)

    def info(self) -> pd.DataFrame:
        """By kind: regions, accounts, receipts, payments and the largest relative imbalance."""
        return info(self)

    def plot(self, what: str = "kinds", axes: Axes | None = None) -> Figure:
        """Draw the SAM; see ``sam.matrix.plots``.

        Arguments:
            what: ``kinds``, ``regions`` (region by kind) or ``accounts``: heatmaps of payments on
                a logarithmic scale; ``balance``: bars of the worst imbalances.
            axes: draw there instead of on a new figure.

        Raises:
            SAMError: unknown picture.
        """
        from sam.matrix.plots import plot

        return plot(self, what, axes)

    def __repr__(self) -> str:
        return summary(self)

    def _repr_html_(self) -> str:
        return html(self)


def from_payments(
    payments: Iterable[tuple[str, str, str, str, str, str, float]], unit: str = UNIT
) -> SAM:
    """Build a SAM from payments, writing a negative payment as the opposite one.

    Taxes less subsidies and changes in stocks keep their sign; payments between the same accounts
    are added up, zero payments dropped.
    """
    lines = [payment for payment in payments if payment[-1] != 0.0]
    return SAM(flip(pd.DataFrame(lines, columns=list(COLUMNS))), unit)


def _unit(given: str | None, found: str | None) -> str:
    """The unit that is given or found; both must agree."""
    found = None if found == NOT_STATED else found
    if given is not None and found is not None and given != found:
        raise SAMError(
            f"SAM: the table is in {found}, not in {given}; convert the values, or leave out `unit`"
        )
    return given or found or NOT_STATED


def _describe(title: str, line: pd.Series, relative: float, unit: str) -> str:
    return (
        f"{title} receives {line.row_total:.6g}, pays "
        f"{line.column_total:.6g}, difference {line.difference:.3g} {unit} ({relative:.1e})"
    )
