"""Kinds of accounts that a table only names: which account is an activity, a tax, a household.

Published SAMs name their accounts and leave it to the reader what each of them is. ``Kinds`` says
it by name or by pattern, from a mapping, a table in a file, or a function. Beside the kinds of
``sam.accounts`` two words are understood, for tables in which an industry and its good share one
account: ``sector`` (split on reading into an activity and a commodity) and ``product_tax`` (a tax
that the commodity of a sector pays, not its activity); see ``sam.matrix.labelling``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from sam.accounts import HOME, KINDS, REST_OF_WORLD, WORLD
from sam.errors import SAMError
from sam.readers.workbook import Sheet, read_workbook, visible
from sam.spelling import near, some

SECTOR: Final = "sector"
"""An industry and its good in one account."""

PRODUCT_TAX: Final = "product_tax"
"""A tax on products or a duty, which of a sector its commodity pays."""

KIND_WORDS: Final = (*KINDS, SECTOR, PRODUCT_TAX)
"""What a map may call an account."""

HEADINGS: Final = ("account", "kind", "region", "name", "reason")
"""Columns of a map in a file: the first two are needed, the last is for the reader alone."""

_SHOWN = 5


class Label(NamedTuple):
    """What an account is: its region, its word among ``KIND_WORDS``, and its name."""

    region: str
    word: str
    name: str


@dataclass(frozen=True)
class Rule:
    """What the accounts of a name, or of a pattern, are.

    Attributes:
        pattern: a name, or a pattern in which ``*`` stands for any signs and ``?`` for one.
        word: one of ``KIND_WORDS``.
        region: their region; empty: that of the table.
        name: another name for the account; empty: its own.
        place: where the rule stands, for messages.
    """

    pattern: str
    word: str
    region: str = ""
    name: str = ""
    place: str = ""

    def fits(self, account: str) -> bool:
        """Whether an account has the name, or one of the pattern."""
        return fnmatchcase(account, self.pattern.replace("[", "[[]"))

    def __str__(self) -> str:
        return f"{self.place}{self.pattern!r} ({self.word})"


KindsLike: TypeAlias = "Kinds | Mapping[str, str] | str | Path | Callable[[str], str | None]"
"""What can say the kinds of accounts."""


@dataclass(frozen=True)
class Kinds:
    """What accounts are, by name and by pattern.

    The rule that names an account wins over patterns; two patterns that say different things of one
    account contradict each other and are refused.

    Attributes:
        rules: what is said.
        function: says it of any account, instead of rules.

    Raises:
        SAMError: a rule is said twice or of an unknown kind, or there are rules and a function.
    """

    rules: tuple[Rule, ...] = ()
    function: Callable[[str], str | None] | None = None

    def __post_init__(self) -> None:
        if self.rules and self.function is not None:
            raise SAMError(
                "SAM: kinds are said by rules or by a function, not by both; leave one out"
            )
        patterns: set[str] = set()
        for rule in self.rules:
            _word(rule.word, rule.pattern, rule.place)
            if rule.pattern in patterns:
                raise SAMError(f"SAM: {rule} is said twice; keep one")
            patterns.add(rule.pattern)

    @classmethod
    def of(cls, source: KindsLike) -> Kinds:
        """The kinds that a source says.

        Arguments:
            source: a mapping from accounts or patterns to kinds (``{"a-*": "activity", "gov":
                "government"}``, or a ``Suggestion``), the path of a file with the columns
                ``account`` and ``kind`` (``region`` and ``name`` optional), or a function from
                account to kind.

        Raises:
            SAMError: the source is none of these, or a kind is unknown.
            SourceError: the file cannot be read: names its row and column.
        """
        if isinstance(source, Kinds):
            return source
        if isinstance(source, Mapping):
            return cls(tuple(Rule(account_name(a), _word(k, a)) for a, k in source.items()))
        if isinstance(source, (str, Path)):
            return cls(_rules_of(Path(source)))
        if callable(source):
            return cls(function=source)
        raise SAMError(
            f"SAM: kinds are said by a mapping, a file or a function, not by {source!r}; write "
            'such as kinds={"a-*": "activity", "gov": "government"}'
        )

    def labels(self, accounts: Sequence[str], region: str | None = None) -> dict[str, Label]:
        """What every account of a table is.

        Arguments:
            accounts: names in the table.
            region: region of those whose rule names none; ``HOME`` if omitted. The rest of the
                world has the region ``WORLD``.

        Raises:
            SAMError: an account has no kind or two, a rule fits no account, two accounts get one
                label, or ``region`` has no use.
        """
        rules = self._rules(accounts)
        if region is not None and all(r.region or r.word == REST_OF_WORLD for r in rules.values()):
            raise SAMError(f"SAM: no account is left for the region {region!r}; leave it out")
        labels = {
            account: Label(
                rule.region or (WORLD if rule.word == REST_OF_WORLD else region or HOME),
                rule.word,
                rule.name or account,
            )
            for account, rule in rules.items()
        }
        _require_different(labels)
        return labels

    def _rules(self, accounts: Sequence[str]) -> dict[str, Rule]:
        if self.function is not None:
            said = {account: self.function(account) for account in accounts}
            _require_kinds([account for account, word in said.items() if word is None])
            return {account: Rule(account, _word(word, account)) for account, word in said.items()}
        named = {rule.pattern: rule for rule in self.rules}
        patterns = [rule for rule in self.rules if _is_pattern(rule.pattern)]
        fitting = {
            account: [named[account]]
            if account in named
            else [rule for rule in patterns if rule.fits(account)]
            for account in accounts
        }
        self._require_use(accounts)
        _require_kinds([account for account, rules in fitting.items() if not rules])
        for account, rules in fitting.items():
            if len({(rule.word, rule.region, rule.name) for rule in rules}) > 1:
                raise SAMError(
                    f"SAM: {account!r} fits {' and '.join(map(str, rules))}; say its kind by its "
                    "own name, which wins over patterns"
                )
        return {account: rules[0] for account, rules in fitting.items()}

    def _require_use(self, accounts: Sequence[str]) -> None:
        """Every rule fits an account."""
        known = set(accounts)
        for rule in self.rules:
            if rule.pattern in known:
                continue
            if not _is_pattern(rule.pattern):
                raise SAMError(
                    f"SAM: {rule} names an account that the table lacks{near(rule.pattern, known)}"
                    "; correct the name or leave it out"
                )
            if not any(map(rule.fits, accounts)):
                raise SAMError(
                    f"SAM: {rule} fits no account of the table, which are {listed(accounts)}; "
                    "correct the pattern or leave it out"
                )


def account_name(cell: object) -> str:
    """An account's name as it is compared: single blanks, whole numbers without decimals."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else " ".join(str(cell).split())


def listed(names: Iterable[str], shown: int = _SHOWN) -> str:
    """Some names, and how many more there are."""
    return some([repr(name) for name in names], shown)


def _is_pattern(text: str) -> bool:
    return any(sign in text for sign in "*?")


def _word(kind: object, account: object, place: str = "") -> str:
    """A kind as ``KIND_WORDS`` spells it.

    Raises:
        SAMError: it is none of them; the nearest is named.
    """
    word = str(kind).strip().lower()
    if word not in KIND_WORDS:
        raise SAMError(
            f"SAM: {place}unknown kind {kind!r} of {account!r}{near(word, KIND_WORDS)}; kinds are "
            f"{', '.join(KIND_WORDS)} (sam.accounts.ROLES says what they are)"
        )
    return word


def _require_kinds(accounts: Sequence[str]) -> None:
    if accounts:
        example = ", ".join(f'"{account}": "KIND"' for account in accounts[:_SHOWN])
        raise SAMError(
            f"SAM: {listed(accounts)} {'has' if len(accounts) == 1 else 'have'} no kind; add "
            f"{'it' if len(accounts) == 1 else 'them'} to `kinds`, {{{example}}}, KIND "
            f"being one of {', '.join(KIND_WORDS)}"
        )


def _require_different(labels: Mapping[str, Label]) -> None:
    """No two accounts become one, sectors standing for an activity and a commodity."""
    owners: dict[tuple[str, str, str], str] = {}
    for account, (region, word, name) in labels.items():
        kinds = {SECTOR: ("activity", "commodity"), PRODUCT_TAX: ("tax",)}.get(word, (word,))
        for kind in kinds:
            other = owners.setdefault((region, kind, name), account)
            if other != account:
                raise SAMError(
                    f"SAM: {other!r} and {account!r} both become {region}/{kind}/{name}; give them "
                    "different names or regions"
                )


def _rules_of(path: Path) -> tuple[Rule, ...]:
    """The rules in a file, one a row; of a workbook in its first sheet that is not hidden."""
    sheet = next(iter(visible(read_workbook(path)).values())).whole(texts=True)
    columns = _columns(sheet)
    rules: dict[str, Rule] = {}
    for row in range(1, sheet.height):
        cells = {name: account_name(sheet.cell(row, j)) for name, j in columns.items()}
        if not any(cells.values()):
            continue
        place = f"{path}, row {row + 1}: "
        if not cells["account"]:
            raise sheet.error(row, columns["account"], "an empty cell", "an account or a pattern")
        if cells["account"] in rules:
            raise sheet.error(row, columns["account"], cells["account"], "each account once")
        if not cells["kind"]:
            expected = f"the kind of {cells['account']!r}, one of {', '.join(KIND_WORDS)}"
            raise sheet.error(row, columns["kind"], "an empty cell", expected)
        rules[cells["account"]] = Rule(
            cells["account"],
            _word(cells["kind"], cells["account"], place),
            cells.get("region", ""),
            cells.get("name", ""),
            place,
        )
    if not rules:
        raise sheet.error(
            None, None, "no row below the headings", "an account and its kind in each"
        )
    return tuple(rules.values())


def _columns(sheet: Sheet) -> dict[str, int]:
    """Columns of a map by their headings."""
    found = [account_name(sheet.cell(0, j)).lower() for j in range(sheet.width)]
    columns = {name: j for j, name in enumerate(found) if name}
    unknown = sorted(set(columns) - set(HEADINGS))
    if (
        not {"account", "kind"} <= set(columns)
        or unknown
        or len(columns) < len(list(filter(None, found)))
    ):
        raise sheet.error(
            0, None, found, f"the headings account and kind, {' and '.join(HEADINGS[2:])} optional"
        )
    return columns
