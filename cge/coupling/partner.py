"""Partners: what other models are to a session, and what an answer of theirs must be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from cge.coupling.errors import CouplingError
from cge.coupling.items import Exchange
from cge.coupling.session import Session

Answer = Mapping[str, Any]
"""Items to be set: by name, what ``Session.take`` takes."""

Partner = Callable[[Session], Answer]
"""Reads a solved session and answers with items to be set."""


def asked(
    session: Session, partner: Partner, expected: Collection[str]
) -> tuple[Exchange, Exchange]:
    """A partner's answer to a solved session, and what it has read for it.

    Arguments:
        session: the session.
        partner: the partner.
        expected: items that it has handed over before.

    Raises:
        CouplingError: it has changed the session, or its answer is none or lacks an item.
    """
    before = session.snapshot()
    with session.listening() as read:
        answer = partner(session)
    if session.snapshot().solved is not before.solved:
        raise CouplingError(
            "the partner has set, cleared, solved or advanced the session that it was to read; "
            "let it answer with what is to be set, or go back with session.restore"
        )
    _check(answer, expected)
    return session.check(answer), read


def _check(answer: Any, expected: Collection[str]) -> None:
    """Assert that an answer hands something over, and all that was handed over before."""
    if not isinstance(answer, Mapping):
        raise CouplingError(
            f"the partner answers {type(answer).__name__}; let it return a mapping of items to "
            "values"
        )
    if all(value is None for value in answer.values()):
        raise CouplingError(
            "the partner hands nothing over; let it return at least one item that is not None"
        )
    lost = [name for name in expected if name not in answer]
    if lost:
        raise CouplingError(
            f"the partner no longer hands over {', '.join(lost)}, which would stay as set; let it "
            "answer with the same items in every round, None for one that is left to the scenario"
        )
