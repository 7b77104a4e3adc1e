"""Trade between the regions of the embedded dataset: priors of goods, lines of electricity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recipes.yrd2020.flows import Flows
from recipes.yrd2020.fuels import purchase_array, route_fuels
from recipes.yrd2020.grid import electricity_transfers, line_capacity, route_electricity
from recipes.yrd2020.trade import DATA, priors_by_commodity
from sam import DatasetError
from sam.accounts import FUELS
from sam.concordance import load_concordance, load_sectors
from sam.interregional import Contiguity, Gravity
from tests.recipes import nations


def test_the_recipe_gives_every_commodity_a_prior() -> None:
    sectors = load_sectors()["code"].tolist()
    priors = dict(zip(sectors, priors_by_commodity(sectors), strict=True))
    assert isinstance(priors["ELE"], Contiguity)
    decay = {name: p.decay for name, p in priors.items() if isinstance(p, Gravity)}
    assert len(decay) == len(sectors) - 1
    assert decay["NMM"] > decay["FER"] > decay["GEM"] > decay["ICE"]
    halved = priors_by_commodity(sectors, 0.5)[sectors.index("NMM")]
    assert isinstance(halved, Gravity)
    assert halved.decay == pytest.approx(0.5 * decay["NMM"])


def test_borders_name_known_provinces() -> None:
    borders = pd.read_csv(DATA / "province_borders.csv", comment="#")
    known = set(load_concordance("provinces_to_regions").sources)
    assert set(borders["first"]) | set(borders["second"]) == known
    pairs = {frozenset(pair) for pair in borders.to_numpy().tolist()}
    assert len(pairs) == len(borders)


REGIONS = ("SH", "JS", "ZJ", "AH", "RCN")
USED = np.array([157.6, 637.4, 483.0, 242.8, 5990.2])
MADE = np.array([83.1, 520.8, 347.9, 277.7, 6549.7])


def balance(sent: Sequence[float]) -> pd.DataFrame:
    """Electricity sent out by provinces, Mtce."""
    index = pd.MultiIndex.from_tuples([("Electricity", "Interprovincial Exports")])
    return pd.DataFrame([sent], index=index, columns=list(REGIONS[:-1]))


def test_electricity_sent_balances_use_and_generation_of_every_region() -> None:
    sent = electricity_transfers(balance([1.1, 2.3, 2.1, 11.1]), USED, MADE, REGIONS)
    net = sent.sum(0) - sent.sum(1)
    np.testing.assert_allclose(net[:-1], (USED - MADE)[:-1])
    np.testing.assert_allclose(sent.sum(1)[:-1] * 0.1229, [1.1, 2.3, 2.1, 11.1])
    assert not sent[line_capacity(REGIONS) == 0.0].any()


def test_no_line_to_the_coast_carries_more_than_it_can() -> None:
    sent = electricity_transfers(balance([1.1, 2.3, 2.1, 11.1]), USED, MADE, REGIONS)
    hours = sent * 1e3 / np.maximum(line_capacity(REGIONS), 1e-9)
    assert (hours[-1, :-1] < 8760.0).all()


def test_a_province_cannot_send_out_what_it_has_not() -> None:
    with pytest.raises(DatasetError, match=r"electricity of AH: makes .* correct one of them"):
        electricity_transfers(balance([1.1, 2.3, 2.1, 1.0]), USED, MADE, REGIONS)
    with pytest.raises(DatasetError, match="lacks numbers"):
        electricity_transfers(balance([1.1, np.nan, 2.1, 1.0]), USED, MADE, REGIONS)


def test_electricity_is_sold_where_it_is_sent() -> None:
    made = np.array([4.0, 6.0])
    transfers = np.array([[0.0, 1.0], [2.0, 0.0]])
    bought = np.array([5.0, 5.0])  # after transfers
    shape = {"intermediate": (2, 1, 1), "value_added": (2, 3, 1), "final": (2, 1, 4)}
    cells = {name: np.zeros(size) for name, size in shape.items()}
    cells["value_added"][:, 0, 0], cells["final"][:, 0, 0] = 5.0 * made, 5.0 * bought
    trade = np.zeros((2, 2, 1))
    empty = np.zeros((2, 1))
    flows = Flows(**cells, exports=empty, imports=empty, trade=trade, local=empty)
    routed = route_electricity(flows, transfers, made, 0)
    np.testing.assert_allclose(routed.trade[:, :, 0], 5.0 * transfers)


def test_fuels_go_from_where_they_are_made_or_landed_to_where_they_are_bought() -> None:
    tariff = nations.DUTY
    made = nations.regions(2, tariff=tariff)
    fuels = nations.at(*FUELS)
    final = made.final.copy()
    moved = 0.5 * final[0, fuels]
    final[0, fuels] -= moved
    final[1, fuels] += moved  # users of the first region have moved to the second
    found = route_fuels(replace(made, final=final), tariff, nations.SECTORS)
    assert (found.trade >= 0.0).all()
    _, left = nations.balance_of(local_as_left(found), tariff)
    np.testing.assert_allclose(left[:, fuels], 0.0, atol=1e-6)
    np.testing.assert_allclose(found.imports.sum(0), made.imports.sum(0))
    assert (found.imports[0, fuels] < made.imports[0, fuels]).all()
    assert (found.trade[2, 1, fuels] > made.trade[2, 1, fuels]).all()
    others = np.delete(np.arange(len(nations.SECTORS)), fuels)
    np.testing.assert_array_equal(found.trade[:, :, others], made.trade[:, :, others])
    np.testing.assert_array_equal(found.imports[:, others], made.imports[:, others])


def local_as_left(flows: Flows) -> Flows:
    """Flows whose local sales are what is made and not sold elsewhere."""
    return replace(flows, local=flows.output - flows.exports - flows.trade.sum(1))


def test_purchases_of_energy_are_put_in_their_place() -> None:
    rows = [("JS", "COL", "FER", 3.0), ("JS", "COL", "FER", 1.0), ("SH", "ELE", "URB", 2.0)]
    table = pd.DataFrame(rows, columns=["region", "fuel", "user", "value"])
    found = purchase_array(table, REGIONS, nations.SECTORS)
    assert found.sum() == 6.0
    assert found[1, 0, nations.SECTORS.index("FER")] == 4.0
    assert found[0, -1, -1] == 2.0  # electricity of urban households
