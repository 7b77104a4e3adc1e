r"""Balancing: the flows nearest to the prior that meet all totals at once, all of them exactly.

Every activity sells what it costs, every commodity is bought as it is supplied,

.. math:: \sum_i Z_{rij} + \sum_k V_{rkj} = D_{rj} + E_{rj} + \sum_s T_{rsj} , \qquad
          D_{ri} + (1 + \tau_i) M_{ri} + \sum_s T_{sri} = \sum_j Z_{rij} + \sum_u F_{riu} ,

the regions add up to every cell of the nation, and provinces have their totals. Flows of the prior
have a variance in proportion to their size; energy bought and electricity sent, quantity times
price, have the same relative deviation each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020.controls import Frame, add_nation, controls_of
from recipes.yrd2020.flows import Flows
from recipes.yrd2020.fuels import ENERGY
from recipes.yrd2020.reliability import Reliability
from sam.accounts import NATIONAL
from sam.balancing import Balanced, ConstraintBuilder, balance
from sam.balancing.entropy import transaction_size

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Update:
    """Balanced flows and how near they came to the totals.

    Attributes:
        flows: balanced flows, 1e8 CNY.
        controls: columns ``item, region, target, achieved, quality, source, note``.
        balanced: the balancing itself: what missed, moved and pulled.
    """

    flows: Flows
    controls: pd.DataFrame
    balanced: Balanced


def update(prior: Flows, frame: Frame, reliability: Reliability) -> Update:
    """Balance all regions at once.

    Arguments:
        prior: prior flows.
        frame: the nation, and totals of provinces.
        reliability: how far each may be missed.

    Raises:
        BalancingError: totals contradict each other; names the worst.
        DatasetError: a total has no stated reliability.
    """
    cells = prior.cells
    builder = ConstraintBuilder(cells.size)
    add_nation(builder, frame.numbers, frame.nation)
    _add_accounts(builder, prior, frame)
    controls = controls_of(frame, prior)
    evidence = [reliability.evidence(control.item, control.region) for control in controls]
    for control, known in zip(controls, evidence, strict=True):
        error = np.inf if control.implied else known.deviation * abs(control.target)
        builder.add(f"{control.item} {control.region}", control.parts, control.target, error)
    deviations = cell_deviations(prior, reliability, frame.sectors)
    result = balance(cells, builder.build(), deviations=deviations)
    table = pd.DataFrame(
        {
            "item": [control.item for control in controls],
            "region": [control.region for control in controls],
            "target": [control.target for control in controls],
            "achieved": result.achieved[-len(controls) :],
            "quality": [known.quality for known in evidence],
            "source": [known.source for known in evidence],
            "note": [
                known.text(implied=control.implied)
                for control, known in zip(controls, evidence, strict=True)
            ],
        }
    )
    return Update(prior.with_cells(result.cells), table, result)


def cell_deviations(prior: Flows, reliability: Reliability, sectors: Sequence[str]) -> Array:
    r"""Standard deviation of every flow of the prior, 1e8 CNY (cell).

    .. math:: \operatorname{sd}(x) = \sqrt{\theta |x|} ; \qquad
              \operatorname{sd}(x) = \rho |x| \; \text{for energy and value added,}

    with :math:`\theta` the transaction size of all other flows (``sam.balancing.entropy``).

    Arguments:
        prior: prior flows.
        reliability: relative deviations ``flow``, ``purchase_of_energy`` and ``value_added``.
        sectors: sector labels.
    """
    cells, numbers = np.abs(prior.cells), prior.numbers()
    rows = [sectors.index(name) for name in ENERGY]
    energy = (
        numbers.intermediate[:, rows],
        numbers.final[:, rows],
        numbers.trade[:, :, sectors.index("ELE")],
    )
    surer = {"purchase_of_energy": energy, "value_added": (numbers.value_added,)}
    places = {
        name: np.concatenate([part.ravel() for part in parts]) for name, parts in surer.items()
    }
    others = np.delete(cells, np.concatenate(list(places.values())))
    size = transaction_size(others, reliability.evidence("flow", NATIONAL).deviation)
    deviations = np.sqrt(size * cells)
    for name, place in places.items():
        deviations[place] = reliability.evidence(name, NATIONAL).deviation * cells[place]
    return np.asarray(deviations)


def _add_accounts(builder: ConstraintBuilder, prior: Flows, frame: Frame) -> None:
    """Activities cost what they sell; commodities are bought as supplied."""
    numbers, regions = frame.numbers, frame.regions
    alive = prior.output > 0.0  # region, activity
    for r, region in enumerate(regions):
        others = [s for s in range(len(regions)) if s != r]
        for i, sector in enumerate(frame.sectors):
            cost = [(numbers.intermediate[r, :, i], 1.0), (numbers.value_added[r, :, i], 1.0)]
            sales = [numbers.local[r, i], numbers.exports[r, i], numbers.trade[r, others, i]]
            if alive[r, i]:
                builder.add(
                    f"activity {region} {sector}",
                    [*cost, *((np.atleast_1d(cells), -1.0) for cells in sales)],
                    0.0,
                )
            supply = [
                (np.atleast_1d(numbers.local[r, i]), 1.0),
                (np.atleast_1d(numbers.imports[r, i]), 1.0 + float(frame.tariff[i])),
                (numbers.trade[others, r, i], 1.0),
            ]
            use = [numbers.intermediate[r, i], numbers.final[r, i]]
            builder.add(
                f"commodity {region} {sector}", [*supply, *((cells, -1.0) for cells in use)], 0.0
            )
