"""What payments tell of an account: the kind that they show, and the kinds that they rule out.

Both look at whom an account deals with: the kinds of those from which it receives and of those
which it pays, and how much it pays them. ``Partners`` are taken from an account's name or from
earlier clues, so a partner may be ``UNKNOWN``; one that pays factors and owns none is a ``MAKER``
besides, whatever its name, which is what rules out most misread names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from sam.accounts import (
    ACTIVITY,
    COMMODITY,
    ENTERPRISE,
    FACTOR,
    GOVERNMENT,
    HOUSEHOLD,
    INVENTORY,
    INVESTMENT,
    MARGIN,
    REST_OF_WORLD,
    TAX,
)
from sam.kinds import PRODUCT_TAX, SECTOR
from sam.suggestion import UNKNOWN

MAKER: Final = "maker"
"""What a partner is besides, that pays factors, owns none, and is no owner by its name."""

TAXES: Final = (TAX, PRODUCT_TAX)
GOODS: Final = (COMMODITY, SECTOR)
PRODUCERS: Final = (ACTIVITY, SECTOR)
OWNERS: Final = (HOUSEHOLD, ENTERPRISE)


@dataclass(frozen=True)
class Partners:
    """With whom an account deals.

    Attributes:
        got: kinds of those from which it receives.
        paid: kinds of those which it pays, and how much each kind is paid (money).
    """

    got: frozenset[str]
    paid: Mapping[str, float]

    def gets(self, *kinds: str) -> bool:
        """Whether the account receives from one of some kinds."""
        return not self.got.isdisjoint(kinds)

    def pays(self, *kinds: str) -> bool:
        """Whether the account pays one of some kinds."""
        return any(kind in self.paid for kind in kinds)

    def gets_only(self, *kinds: str) -> bool:
        """Whether the account receives, and from no other kinds."""
        return bool(self.got) and self.got <= set(kinds)

    def pays_only(self, *kinds: str) -> bool:
        """Whether the account pays, and no other kinds; whether they are makers is left aside."""
        paid = self.paid.keys() - {MAKER}
        return bool(paid) and paid <= set(kinds)

    @property
    def makes(self) -> bool:
        """Whether the account pays factors and lives on neither factor income nor taxes."""
        return self.pays(FACTOR) and not self.gets(FACTOR, *TAXES)

    def amount(self, *kinds: str) -> float:
        """What the account pays to some kinds (money)."""
        return sum(self.paid.get(kind, 0.0) for kind in kinds)


class Clue(NamedTuple):
    """A kind that payments show, why, and what they may show as well unless it is known."""

    kind: str
    reason: str
    holds: Callable[[Partners], bool]
    rival: str = ""


class Contradiction(NamedTuple):
    """Kinds that payments rule out, and why."""

    kinds: tuple[str, ...]
    reason: str
    holds: Callable[[Partners], bool]


CLUES: Final = (
    Clue(
        TAX,
        "pays the government alone and owns no factor",
        lambda x: x.pays_only(GOVERNMENT) and not x.gets(FACTOR, GOVERNMENT),
    ),
    Clue(
        FACTOR,
        "is paid by producers and pays owners",
        lambda x: (
            x.gets(*PRODUCERS)
            and x.gets_only(*PRODUCERS, REST_OF_WORLD)
            and x.pays(*OWNERS)
            and x.pays_only(*OWNERS, GOVERNMENT, REST_OF_WORLD, INVESTMENT, *TAXES)
        ),
    ),
    Clue(
        COMMODITY,
        "is supplied by activities and bought by users",
        lambda x: (
            x.pays(ACTIVITY)
            and x.gets(ACTIVITY, HOUSEHOLD, GOVERNMENT, INVESTMENT, MARGIN, REST_OF_WORLD)
            and not x.pays(FACTOR, HOUSEHOLD, INVESTMENT)
        ),
    ),
    Clue(
        MARGIN,
        "is paid by commodities and spent on commodities",
        lambda x: x.gets_only(COMMODITY) and x.pays_only(COMMODITY),
    ),
    Clue(
        HOUSEHOLD,
        "earns factor income and buys goods",
        lambda x: (
            x.gets(FACTOR)
            and x.pays(*GOODS)
            and not x.gets(*GOODS, *TAXES)
            and (x.gets(GOVERNMENT) or x.pays(GOVERNMENT, *TAXES) or not x.gets(*OWNERS, UNKNOWN))
        ),
    ),
    Clue(
        ENTERPRISE,
        "earns factor income and passes it on",
        lambda x: x.gets(FACTOR) and x.pays(HOUSEHOLD) and not x.pays(*GOODS),
    ),
    Clue(
        INVENTORY,
        "is paid by saving-investment alone and buys goods",
        lambda x: x.gets_only(INVESTMENT) and x.pays_only(*GOODS),
    ),
    Clue(
        GOVERNMENT,
        "receives taxes and buys goods",
        lambda x: x.gets(*TAXES) and x.pays(*GOODS),
    ),
    Clue(
        INVESTMENT,
        "receives saving and buys goods alone",
        lambda x: (
            x.gets(*OWNERS, GOVERNMENT)
            and x.gets_only(*OWNERS, GOVERNMENT, REST_OF_WORLD)
            and x.pays_only(*GOODS, INVENTORY)
        ),
        rival=GOVERNMENT,
    ),
    Clue(
        REST_OF_WORLD,
        "sells imports, buys exports, and more than that",
        lambda x: (
            x.gets(*GOODS) and x.pays(*GOODS) and not x.got | x.paid.keys() <= {*GOODS, MAKER}
        ),
        rival=GOVERNMENT,
    ),
)
"""What payments show, the first that holds counting."""

FALSE_FACTORS: Final = (
    Contradiction(
        (FACTOR,),
        "buys goods or is made by producers",
        lambda x: x.pays(MAKER, *GOODS),
    ),
    Contradiction((FACTOR,), "pays factors", lambda x: x.pays(FACTOR)),
    Contradiction(
        TAXES,
        "pays factors and producers, more than a government",
        lambda x: x.amount(FACTOR, MAKER) > x.amount(GOVERNMENT) and not x.gets_only(GOVERNMENT),
    ),
)
"""What rules out factors and taxes, held first, for all else asks who pays factors."""

CONTRADICTIONS: Final = (
    Contradiction(
        (
            COMMODITY,
            MARGIN,
            *TAXES,
            HOUSEHOLD,
            ENTERPRISE,
            GOVERNMENT,
            INVESTMENT,
            INVENTORY,
        ),
        "pays factors and earns neither factor income nor taxes",
        lambda x: x.makes,
    ),
    Contradiction(
        (ACTIVITY,),
        "pays producers, as goods and sectors do",
        lambda x: x.pays(MAKER) and not (x.pays(FACTOR) and x.pays(COMMODITY)),
    ),
    Contradiction(
        (HOUSEHOLD,),
        "neither earns nor is given its income",
        lambda x: (
            not x.gets(FACTOR, ENTERPRISE) and (x.pays(MAKER) or not x.gets(GOVERNMENT, UNKNOWN))
        ),
    ),
    Contradiction(
        (GOVERNMENT, ENTERPRISE),
        "is made by producers, and neither earns income nor passes any on",
        lambda x: (
            x.pays(MAKER) and not x.gets(FACTOR, *TAXES) and not x.pays(*GOODS, *OWNERS, INVESTMENT)
        ),
    ),
    Contradiction(
        (INVESTMENT,),
        "is bought by activities, made by producers and taxed",
        lambda x: x.gets(ACTIVITY) and x.pays(MAKER) and x.pays(*TAXES),
    ),
    Contradiction(
        (MARGIN,),
        "is bought by final users",
        lambda x: x.gets(HOUSEHOLD, INVESTMENT),
    ),
    Contradiction(
        (INVENTORY,),
        "is bought by households, or pays taxes",
        lambda x: x.gets(HOUSEHOLD) or x.pays(*TAXES),
    ),
    Contradiction(
        (REST_OF_WORLD,),
        "pays factors or producers as a producer or a good does",
        lambda x: (
            (x.makes and not x.pays(*OWNERS, INVESTMENT)) or (x.pays(MAKER) and x.pays(*TAXES))
        ),
    ),
)
"""What rules out other kinds."""
