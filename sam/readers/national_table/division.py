r"""Division of the sectors of a table among those of another list, by user where users differ.

.. math:: Z_{tu} = \sum_s w^u_{st} Z_{su}

The weights :math:`w^u` are those of a concordance unless the user's own are known: of what a table
prints as oil and gas, refineries buy the oil. Output follows: the part of source :math:`s` that is
:math:`t` is what all users buy of it less what is imported, and costs are shared in proportion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sam.concordance import Concordance
from sam.errors import ConcordanceError
from sam.ratios import ratio
from sam.readers.defects import NOISE
from sam.user_weights import ANY_USER, UserWeights

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Division:
    """How sources are divided.

    Attributes:
        sources, targets: labels.
        default: weights of users without weights of their own (source, target).
        own: weights of the others, by user.
        by_user: whether users differ, by source.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    default: Array
    own: Mapping[str, Array]
    by_user: npt.NDArray[np.bool_]

    def told(self, cells: Array, users: Sequence[str]) -> Array:
        """Purchases of targets (source, target, user).

        Arguments:
            cells: purchases of sources (source, user).
            users: labels of the users.
        """
        weights = np.stack([self.own.get(user, self.default) for user in users], axis=2)
        return np.asarray(weights * cells[:, None, :])

    def output_shares(self, made: Array, supply: Array) -> Array:
        """The part of each source's output that is of each target (source, target).

        Arguments:
            made: output (source, target).
            supply: the same of all targets (source).

        Raises:
            ConcordanceError: a part is negative.
        """
        wrong = self.by_user[:, None] & (made < -NOISE * np.abs(supply[:, None]))
        for s, t in np.argwhere(wrong):
            raise ConcordanceError(
                f"{self.sources[s]} -> {self.targets[t]}: uses less imports leave an output of"
                f" {made[s, t]:.4g} of {supply[s]:.4g} (1e8 CNY); change the weights of its users,"
                " of exports (EX) or of imports (IM)"
            )
        share = ratio(made, np.broadcast_to(supply[:, None], made.shape), self.default)
        return np.where(self.by_user[:, None], share, self.default)


def divide(
    concordance: Concordance,
    by_user: UserWeights | None,
    sources: Sequence[str],
    targets: Sequence[str],
    users: Sequence[str],
) -> Division:
    """A division by a concordance, and by user where users differ.

    Arguments:
        concordance: from sources to targets.
        by_user: weights of users that differ.
        sources: labels of the sectors that are divided.
        targets: labels of the new sectors.
        users: labels of those who buy.

    Raises:
        ConcordanceError: a label is not covered, or a user is unknown or buys what its source does
            not make.
    """
    own = [] if by_user is None else [user for user in by_user.users if user != ANY_USER]
    strange = [user for user in own if user not in users]
    if by_user is not None and strange:
        others = ", ".join(user for user in users if user not in sources)
        raise ConcordanceError(
            f"{by_user.name}: found users {strange}, expected sectors of the table"
            f" ({sources[0]} to {sources[-1]}), {others} or {ANY_USER}"
        )

    def weights(user: str) -> Array:
        replaced = by_user.of(user, concordance) if by_user is not None else {}
        return concordance.matrix(sources, targets, replaced)

    split = set() if by_user is None else set(by_user.sources)
    return Division(
        tuple(sources),
        tuple(targets),
        weights(ANY_USER),
        {user: weights(user) for user in own},
        np.array([source in split for source in sources]),
    )
