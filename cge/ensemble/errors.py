"""Errors of ensembles: what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Sequence


class EnsembleError(ValueError):
    """An ensemble cannot be read, contradicts itself, does not fit its scenarios, or its folder."""


class DrawsFailed(RuntimeError):
    """Some draws have no path, or none yet.

    Attributes:
        failed: reasons of draws that have no path; nothing would be gained by solving them again.
        lost: reasons of draws whose process ended before they were solved; resuming tries again.
    """

    def __init__(self, failed: Sequence[str], lost: Sequence[str], others: str) -> None:
        told = [f"{len(failed)} paths failed, such as {failed[0]}"] if failed else []
        told += [f"{len(lost)} draws were lost ({lost[0]}); --resume tries again"] if lost else []
        super().__init__(f"{'; '.join(told)}. {others}")
        self.failed, self.lost = list(failed), list(lost)
