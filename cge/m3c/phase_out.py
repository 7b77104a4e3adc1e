r"""Phase-outs: the most that may stand of a technology, by the year (``cge.scenario.technology``).

From the beginning b to the end e plants may stand on a falling line, :math:`s_t = (e - t)/(e - b)`,
so that of those that stand in a year the next one has at most

.. math:: K_{t+1} \le K_t \, \frac{s_{t+1}}{s_t} , \qquad b \le t < e ,

and afterwards no more than before. What is left in the end is a millionth of what the base year
had: without any plants the price of their electricity would be undetermined.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cge.blocks import Year

Array = npt.NDArray[np.float64]

REMNANT = 1e-6
"""Plants that stay, relative to the base year's."""


def most(at: Year) -> Array:
    """Plants that may stand in the year after, GW, infinite where nothing is phased out (region,
    technology).
    """
    b, stands = at.setting.benchmark, at.stocks["plants"].sum(axis=2)
    bound = np.full(stands.shape, np.inf)
    for name, changed in at.setting.scenario.technology.items():
        out = changed.phase_out
        if out is None or name not in b.technologies or at.year < out.begin:
            continue
        t = b.technologies.index(name)
        share = out.left(at.year + 1) / out.left(at.year) if at.year < out.end else 1.0
        least = REMNANT * b.power.capacity[:, t]
        bound[:, t] = np.maximum(share * stands[:, t], np.minimum(least, stands[:, t]))
    return bound
