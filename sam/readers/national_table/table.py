r"""A national input-output table: who buys each sector's product, and what each sector pays for.

.. math:: X_i = \sum_j Z_{ij} + \sum_u F_{iu} + E_i - M_i + \varepsilon_i
          = \sum_j Z_{ji} + \sum_k V_{ki} ,

with :math:`Z` and :math:`F` the intermediate and final use of goods from anywhere, :math:`E`
exports, :math:`M` imports and :math:`V` value added. A table by origin tells the imported part of
every use, :math:`M_i = \sum_j Z^m_{ij} + \sum_u F^m_{iu} + E^m_i` (:math:`E^m`: re-exports).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.concordance import Concordance
from sam.errors import SourceError
from sam.ranking import worst_first
from sam.readers.bounds import at_least
from sam.readers.defects import NOISE, Defect
from sam.readers.io_table.defects import FINAL_USES, VALUE_ADDED
from sam.readers.io_table.table import ProvincialTable
from sam.readers.national_table.division import Division, divide
from sam.spelling import some
from sam.user_weights import UserWeights

Array = npt.NDArray[np.float64]
Share: TypeAlias = "npt.ArrayLike | pd.Series[float]"

MISPRINT = 1e-4
"""Share of a sector's output beyond which what its row and column differ by is no rounding."""

_SURPLUS = list(VALUE_ADDED).index("VA004")

SHARES = 1e-9
"""By how much given shares may miss one."""

_NONE = np.zeros(1)

_SUMS = {"TC": ("FU101", "FU102", "FU103"), "THC": ("FU101", "FU102"), "GCF": ("FU201",)}
"""Final uses that a sum stands for where the table prints no parts."""


@dataclass(frozen=True, eq=False)
class Purchases:
    """Who buys a product, in the unit of its table.

    Attributes:
        intermediate: (input sector, using sector).
        final: (sector, final use).
        exports: (sector); of imported products those that are exported again.
    """

    intermediate: Array
    final: Array
    exports: Array

    @property
    def total(self) -> Array:
        """All purchases by sector."""
        return np.asarray(self.intermediate.sum(1) + self.final.sum(1) + self.exports)


@dataclass(frozen=True, eq=False)
class NationalTable:
    """A nation's input-output table at producer prices of its year, in ``unit``.

    Attributes:
        name: sheet of the table, for messages.
        year: year it is of, none where neither its title nor its file says so.
        codes: code of each sector.
        names: name of each sector, in Chinese where the table prints Chinese.
        english: English name of each sector, empty where the table prints none.
        uses: codes of the final uses.
        intermediate: uses by (input sector, using sector), of goods from anywhere.
        final: final use by (sector, final use).
        exports, imports, other, output: by sector; ``other`` is the discrepancy.
        value_added: by (component, sector), in the order of ``VALUE_ADDED``.
        imported: the imported part of uses, none where the table does not tell it.
        defects: what the printed table gets wrong or leaves open.
        unit: unit of all numbers.
    """

    name: str
    year: int | None
    codes: tuple[str, ...]
    names: tuple[str, ...]
    english: tuple[str, ...]
    uses: tuple[str, ...]
    intermediate: Array
    final: Array
    exports: Array
    imports: Array
    other: Array
    value_added: Array
    output: Array
    imported: Purchases | None = None
    defects: tuple[Defect, ...] = field(default=())
    unit: str = "1e8 CNY"

    @property
    def use(self) -> Array:
        """Total use by sector: intermediate, final and exports."""
        return np.asarray(self.intermediate.sum(1) + self.final.sum(1) + self.exports)

    @property
    def cost(self) -> Array:
        """Total input by sector: intermediate input and value added."""
        return np.asarray(self.intermediate.sum(0) + self.value_added.sum(0))

    @property
    def supply(self) -> Array:
        """What has to be made of each product: its use less imports, with the discrepancy."""
        return np.asarray(self.use - self.imports + self.other)

    def balanced(self, tolerance: float = MISPRINT) -> NationalTable:
        """The table with rows that equal columns: roundings go into operating surplus.

        Output is the row's uses less imports; what the column then lacks or has too much is added
        to ``VA004``. Printed totals are not used.

        Arguments:
            tolerance: largest difference of a row and its column or of its printed output, as a
                share of output, that counts as rounding.

        Raises:
            SourceError: a difference is larger: names the sectors, which cross in the wrong cell.
        """
        supply = self.supply
        residual = supply - self.cost  # sector
        limit = at_least("tolerance", tolerance) * np.abs(supply) + NOISE
        wrong = (np.abs(residual) > limit) | (np.abs(supply - self.output) > limit)
        if wrong.any():
            shown = [k for k in worst_first(residual) if wrong[k]]
            raise SourceError(
                f"{self.name}: uses of {self._sectors(shown, residual)} differ from their inputs or"
                f" their printed output by more than {tolerance:g} of it; a misprint stands in a"
                " row of one and a column of another: correct it in the source, or accept it as"
                " operating surplus with tolerance="
            )
        value_added = self.value_added.copy()
        value_added[_SURPLUS] += residual
        return replace(self, value_added=value_added, output=supply)

    def _sectors(self, places: Sequence[int], sizes: Array) -> str:
        """The first sectors of a list with their names and sizes."""
        named = [f"{self.codes[k]} {self.names[k]} ({sizes[k]:+.4g})" for k in places]
        return f"sectors {some(named, 4)}"

    def regional(
        self, consumption: Mapping[str, Share] | pd.DataFrame | None = None
    ) -> ProvincialTable:
        """The table in the form that ``treat`` and ``sam_of_table`` take, of goods from anywhere.

        A nation has no other provinces: outflow and inflow are zero, and ``treat`` puts the
        discrepancy into changes in stocks. Capital formation of which the table does not tell
        stocks is fixed capital.

        Arguments:
            consumption: shares of ``rural``, ``urban`` and ``government`` in consumption, or of the
                first two in that of households, where the table prints their sum only. A number is
                the share in every good, as if all had the same consumers; by sector, in the order
                of the table or a series (a column of a frame) by its codes or names, each good has
                its own.

        Raises:
            SourceError: shares are missing, not needed, no shares, or not of these sectors.
        """
        final = dict(zip(self.uses, self.final.T, strict=True))
        items = () if consumption is None else consumption.items()
        final |= _divided(self.name, final, {str(use): self._share(use, x) for use, x in items})
        none = np.zeros(len(self.codes))
        return ProvincialTable(
            province=self.name,
            sectors=self.names,
            intermediate=self.intermediate,
            final=np.stack([final.get(use, none) for use in FINAL_USES], axis=1),
            export=self.exports,
            outflow=none,
            imports=self.imports,
            inflow=none,
            other=self.other,
            value_added=self.value_added,
            output=self.output,
            defects=self.defects,
            unit=self.unit,
            nation=True,
        )

    def _share(self, use: Hashable, given: Share) -> Array:
        """A share by sector (sector)."""
        try:
            if isinstance(given, pd.Series):
                labels = self.codes if given.index.isin(self.codes).all() else self.names
                given = given.loc[list(labels)] if len(given) == len(labels) else []
            return np.broadcast_to(np.asarray(given, dtype=float), len(self.codes))
        except (KeyError, TypeError, ValueError):
            raise SourceError(
                f"table {self.name}, consumption[{use!r}]: expected one share, or one of each of "
                f"the {len(self.codes)} sectors in the order of the table or as a series by their "
                "codes or names"
            ) from None

    def aggregated(
        self,
        concordance: Concordance,
        sectors: Sequence[str],
        by_user: UserWeights | None = None,
        names: Sequence[str] | None = None,
    ) -> NationalTable:
        r"""The same table in other sectors; the defects, which are of printed sectors, stay behind.

        Rows are told apart by their users, :math:`Z_{tj} = \sum_s w^j_{st} Z_{sj}`, where
        ``by_user`` has weights, else by the concordance. What a source gives each target over all
        users is the target's part of its output, and costs are told apart by that part, so a
        balanced table stays balanced.

        Arguments:
            concordance: from ``codes`` to ``sectors``.
            sectors: codes of the new sectors, in order.
            by_user: what single users (``codes``, ``uses``, ``EX``, ``IM``) buy of a source that
                is split. Imports of a table by origin follow their users, not ``IM``.
            names: of the new sectors, their codes if omitted.

        Raises:
            ConcordanceError: a sector is not covered, or a part of a split output is negative.
        """
        users = (*self._users, "IM")
        division = divide(concordance, by_user, self.codes, sectors, users)
        bought = self._told(division, self)  # sector, new sector, user
        if self.imported is None:
            foreign = division.told(self.imports[:, None], ("IM",))
        else:
            foreign = self._told(division, self.imported)
        other = division.default * self.other[:, None]
        part = division.output_shares(bought.sum(2) - foreign.sum(2) + other, self.supply)
        own = self._purchases(bought, part)
        return NationalTable(
            name=self.name,
            year=self.year,
            codes=tuple(sectors),
            names=tuple(names or sectors),
            english=("",) * len(sectors),
            uses=self.uses,
            intermediate=own.intermediate,
            final=own.final,
            exports=own.exports,
            imports=foreign.sum((0, 2)),
            other=other.sum(0),
            value_added=self.value_added @ part,
            output=self.output @ part,
            imported=None if self.imported is None else self._purchases(foreign, part),
            unit=self.unit,
        )

    def _told(self, division: Division, bought: NationalTable | Purchases) -> Array:
        """Purchases told apart (sector, new sector, user)."""
        cells = np.column_stack([bought.intermediate, bought.final, bought.exports])
        return division.told(cells, self._users)

    @property
    def _users(self) -> tuple[str, ...]:
        """Codes of all who buy."""
        return (*self.codes, *self.uses, "EX")

    def _purchases(self, told: Array, part: Array) -> Purchases:
        """Purchases of new sectors, users divided by their part in each (sector, new sector)."""
        bought, count = told.sum(0), len(self.codes)  # new sector, user
        return Purchases(bought[:, :count] @ part, bought[:, count:-1], bought[:, -1])


def _divided(name: str, final: Mapping[str, Array], given: Mapping[str, Array]) -> dict[str, Array]:
    """Final uses of which the table prints the sum only, by given shares (sector)."""
    divided: dict[str, Array] = {}
    wanted: list[str] = []
    for whole, parts in _SUMS.items():
        if whole in final:
            names = [FINAL_USES[part] for part in parts]
            wanted += names if len(names) > 1 else []
            shares = {part: given.get(FINAL_USES[part], _NONE) for part in parts}
            shares = shares if len(parts) > 1 else {parts[0]: np.ones(1)}
            divided |= {part: share * final[whole] for part, share in shares.items()}
    fit = set(given) == set(wanted) and all((share >= 0.0).all() for share in given.values())
    if not fit or (wanted and np.abs(sum(given.values()) - 1.0).max() > SHARES):
        example = "{" + ", ".join(f"'{use}': ..." for use in wanted) + "}"
        expected = (
            f"the sum of consumption only: give consumption={example}, shares from 0 to 1 and 1"
            " together, in all goods or by sector"
            if wanted
            else "all parts of consumption: leave out consumption="
        )
        found = {use: sorted(set(share.round(6).tolist()))[:3] for use, share in given.items()}
        raise SourceError(f"table {name}, consumption={found or None}: the table prints {expected}")
    return divided
