r"""Random economies built around two known equilibria, and all conditions once more in plain NumPy.

Regions with sectors that buy from each other, taxed trade of all with all, factors, permits to emit
with a technology that avoids emissions at a cost, households with committed purchases, treasuries
that tax, hand on and owe, and one currency in which everybody may be in debt. Households own goods
or have to deliver them; regions differ in size by up to six orders of magnitude, and some make
nothing of some goods.

An equilibrium is made from its prices: with prices of factors, currency and permits, taxes and
incomes drawn at random, goods' prices solve zero profit, output follows from what is bought, and
endowments are what the other side of their market wants; in currency everybody owns or owes what
its budget lacks. The flows of a first equilibrium are the benchmark. A second one with the same
technologies, some way off, has other taxes, endowments and limits. At these and the first one's
prices a solver starts: a solution exists, and how far off is known.

Nothing here uses the engine: costs and demands are textbook CES functions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cge.equilibrium import Equilibrium
from cge.language import Model, alias, ces, leontief

Array = np.ndarray

FACTORS = 2
VALUE_ADDED, AVOIDING = 0.7, 0.5
"""Elasticities between factors, and between what avoids emissions."""

PERMIT = 0.2
"""Typical price of a permit."""


def ratio_of_price(share: Array, price: Array, elasticity: Array, axis: Any) -> Array:
    """Unit cost over its reference, from reference shares and relative prices of inputs."""
    rho = 1.0 - elasticity
    power = np.where(np.abs(rho) < 1e-9, 0.0, rho)
    whole = (share * price ** np.expand_dims(power, axis)).sum(axis=axis)
    whole = np.where(share.sum(axis=axis) > 0, whole, 1.0)
    mean = np.exp((share * np.log(price)).sum(axis=axis))
    return np.where(power == 0.0, mean, whole ** (1.0 / np.where(power == 0.0, 1.0, power)))


@dataclass(frozen=True)
class Technology:
    """Reference flows at the benchmark, which no counterfactual changes.

    Attributes:
        made: output (r, i).
        inputs: purchases of goods (r, good j, sector i), at prices ``goods``.
        factors: purchases of factors (r, f, i), at prices ``wages`` that include taxes.
        shipping: currency spent (r, i).
        emits: permits per unit of shipping (r, i).
        avoids: emissions avoided at level one (r).
        mixed: composite goods (r, i).
        trade: purchases (origin s, i, destination r), at prices ``landed`` that include tariffs.
        home: purchases of households (r, i).
        committed: those they always make (r, i).
        public: purchases of treasuries (r, i).
        goods: prices of composite goods (r, i).
        wages: prices of factors for those who use them (r, f, i).
        landed: prices of goods where they arrive (s, i, r).
        currency: price of the currency.
        top: elasticity between inputs (r, i).
        armington: elasticity between origins (i).
        taste: elasticity of households (r).
    """

    made: Array
    inputs: Array
    factors: Array
    shipping: Array
    emits: Array
    avoids: Array
    mixed: Array
    trade: Array
    home: Array
    committed: Array
    public: Array
    goods: Array
    wages: Array
    landed: Array
    currency: float
    top: Array
    armington: Array
    taste: Array


@dataclass(frozen=True)
class Policy:
    """What differs between the equilibria.

    Attributes:
        output_tax: share of revenue (r, i).
        factor_tax: rate (r, f).
        tariff: rate (s, i, r).
        shared: share of public income that treasuries hand to households (r).
        owned: factors of households (r, f).
        stocks: composite goods of households, negative where they have to deliver them (r, i).
        debts: currency of households and treasuries, negative where they owe (2, r).
        cap: permits of treasuries (r).
        avoid_goods: goods that avoid a unit of emissions (r, i).
        avoid_factors: factors that do (r, f).
        possible: highest level at which emissions are avoided (r).
        weights: weights of factor prices in the unit of account (r, f).
    """

    output_tax: Array
    factor_tax: Array
    tariff: Array
    shared: Array
    owned: Array
    stocks: Array
    debts: Array
    cap: Array
    avoid_goods: Array
    avoid_factors: Array
    possible: Array
    weights: Array


@dataclass(frozen=True)
class Point:
    """Prices, levels and incomes.

    Attributes:
        price: of goods where they are made (r, i).
        mixed: of composite goods (r, i).
        wage: of factors (r, f).
        permit: of permits (r).
        currency: of the currency.
        runs: levels of sectors (r, i).
        mixes: levels of composites (r, i).
        avoided: levels at which emissions are avoided (r).
        home: what households spend beyond commitments (r).
        public: what treasuries spend (r).
    """

    price: Array
    mixed: Array
    wage: Array
    permit: Array
    currency: float
    runs: Array
    mixes: Array
    avoided: Array
    home: Array
    public: Array

    def unknowns(self, spending: tuple[Array, Array]) -> dict[str, Array]:
        """The point as unknowns of the engine, relative to reference spending."""
        with np.errstate(divide="ignore"):
            table = {
                "p:P": self.price, "p:Q": self.mixed, "p:F": self.wage,
                "p:FX": np.asarray(self.currency), "y:Y": self.runs, "y:A": self.mixes,
                "m:H": self.home / np.where(spending[0] > 0, spending[0], 1.0),
                "m:G": self.public / np.where(spending[1] > 0, spending[1], 1.0),
            }  # fmt: skip
            logs = {
                k: np.where(v > 0, np.log(np.where(v > 0, v, 1.0)), 0.0) for k, v in table.items()
            }
        return {**logs, "p:E": np.log1p(self.permit / PERMIT), "y:B": self.avoided}


class Demands:
    """Costs and quantities of a technology at prices, by the textbook."""

    def __init__(self, t: Technology, q: Policy, at: Point) -> None:
        self.t, self.q, self.at = t, q, at
        r_cost = t.inputs * t.goods[:, :, None]
        f_cost = t.factors * t.wages
        s_cost = t.shipping * t.currency
        self.cost0 = r_cost.sum(1) + f_cost.sum(1) + s_cost
        safe = np.where(self.cost0 > 0, self.cost0, 1.0)
        value_added = f_cost.sum(1)
        f_share = f_cost / np.where(value_added > 0, value_added, 1.0)[:, None]
        user = at.wage[:, :, None] * (1.0 + q.factor_tax[:, :, None])
        f_price = np.where(t.factors > 0, user / t.wages, 1.0)
        f_index = ratio_of_price(f_share, f_price, np.full(t.top.shape, VALUE_ADDED), 1)
        dirt = t.emits * at.permit[:, None]
        s_index = (at.currency + dirt) / t.currency
        g_price = np.broadcast_to((at.mixed / t.goods)[:, :, None], t.inputs.shape)
        share = np.concatenate([r_cost, value_added[:, None], s_cost[:, None]], 1) / safe[:, None]
        price = np.concatenate([g_price, f_index[:, None], s_index[:, None]], 1)
        self.index = ratio_of_price(share, price, t.top, 1)
        top = t.top[:, None]
        self.inputs = t.inputs * (self.index[:, None] / g_price) ** top
        inner = (self.index / f_index)[:, None] ** top
        self.factors = t.factors * (f_index[:, None] / f_price) ** VALUE_ADDED * inner
        self.shipping = t.shipping * (self.index / s_index) ** t.top
        self.burnt = self.shipping * t.emits
        landed = at.price[:, :, None] * (1.0 + q.tariff)
        t_cost = t.trade * t.landed
        self.mixed0 = t_cost.sum(0)
        t_share = t_cost / np.where(self.mixed0 > 0, self.mixed0, 1.0)
        relative = np.where(t.trade > 0, landed / t.landed, 1.0)
        bend = np.broadcast_to(t.armington[:, None], self.mixed0.shape)
        self.mix_index = ratio_of_price(t_share, relative, bend, 0)
        self.trade = t.trade * (self.mix_index / relative) ** bend
        # an (i, r) array becomes (r, i)
        self.mix_cost = (self.mix_index * self.mixed0).T
        self.make_cost = self.index * self.cost0
        beyond = (t.home - t.committed) * t.goods
        self.beyond0 = beyond.sum(1)
        b_share = beyond / np.where(self.beyond0 > 0, self.beyond0, 1.0)[:, None]
        relative_q = at.mixed / t.goods
        living = ratio_of_price(b_share, relative_q, t.taste, 1)
        bundle = (living[:, None] / relative_q) ** t.taste[:, None] / living[:, None]
        self.home = (
            (t.home - t.committed) * bundle / np.where(self.beyond0 > 0, self.beyond0, 1.0)[:, None]
        )
        public = t.public * t.goods
        self.public0 = public.sum(1)
        p_share = public / np.where(self.public0 > 0, self.public0, 1.0)[:, None]
        self.public = p_share / at.mixed  # Cobb-Douglas, per unit of money
        a_goods, a_factors = q.avoid_goods * t.goods, q.avoid_factors * t.currency
        whole = a_goods.sum(1) + a_factors.sum(1)
        a_share = np.concatenate([a_goods, a_factors], 1) / whole[:, None]
        a_price = np.concatenate([relative_q, at.wage / t.currency], 1)
        bend = np.full(len(whole), AVOIDING)
        a_index = ratio_of_price(a_share, a_price, bend, 1)
        self.avoid_cost = whole * a_index
        self.avoid_goods = q.avoid_goods * (a_index[:, None] / relative_q) ** AVOIDING
        self.avoid_factors = (
            q.avoid_factors * (a_index[:, None] / (at.wage / t.currency)) ** AVOIDING
        )


def flows(t: Technology, q: Policy, at: Point) -> dict[str, Array]:
    """What is made, bought and earned at a point."""
    d = Demands(t, q, at)
    made, mixed = t.made * at.runs, t.mixed * at.mixes
    avoided = t.avoids * at.avoided
    goods = (d.inputs * at.runs[:, None]).sum(2) + d.avoid_goods * avoided[:, None]
    goods = goods + t.committed + d.home * at.home[:, None] + d.public * at.public[:, None]
    used = d.factors * at.runs[:, None]
    factors = used.sum(2) + d.avoid_factors * avoided[:, None]
    trade = d.trade * at.mixes.T[None]
    currency = (d.shipping * at.runs).sum()
    taxes = (q.output_tax * at.price * made).sum(1)
    taxes = taxes + (q.factor_tax * at.wage * used.sum(2)).sum(1)
    taxes = taxes + (q.tariff * at.price[:, :, None] * trade).sum((0, 1))
    gross = taxes + at.permit * q.cap + at.currency * q.debts[1]
    profit = (at.permit - d.avoid_cost) * avoided
    home = (q.owned * at.wage).sum(1) + (q.stocks * at.mixed).sum(1) + at.currency * q.debts[0]
    home = home + q.shared * gross + profit
    return {
        "made": made, "bought": trade.sum(2), "mixed": mixed, "used": goods,
        "factors": factors, "currency": np.asarray(currency),
        "burnt": (d.burnt * at.runs).sum(1), "avoid_cost": d.avoid_cost,
        "make_cost": d.make_cost, "mix_cost": d.mix_cost,
        "public": (1.0 - q.shared) * gross, "gross": gross,
        "home": home - (t.committed * at.mixed).sum(1),
    }  # fmt: skip


def gaps(t: Technology, q: Policy, at: Point) -> dict[str, float]:
    """How far each kind of condition is from holding, relative to its own size, at its worst."""
    f = flows(t, q, at)

    def apart(a: Array, b: Array, size: Array | float = 0.0) -> float:
        top = np.maximum(np.maximum(np.abs(a), np.abs(b)), size)
        return float(np.where(top > 0, np.abs(a - b) / np.where(top > 0, top, 1.0), 0.0).max())

    def least(own: Array, other: Array, room: Array | None = None) -> float:
        held = np.minimum(own, other)
        return float(np.abs(held if room is None else np.maximum(held, -room)).max())

    lives, mixes = t.made > 0, t.mixed > 0
    net = at.price * (1.0 - q.output_tax) * t.made
    owed, owns = np.maximum(-q.debts, 0).sum(), np.maximum(q.debts, 0).sum()
    worth = np.maximum(f["avoid_cost"], 1e-300)
    scale = np.maximum(np.maximum(q.cap, f["burnt"]), 1e-300)
    spare = (q.cap + t.avoids * at.avoided - f["burnt"]) / scale
    share = q.weights / q.weights.sum()
    return {
        "making": apart(np.where(lives, f["make_cost"], 0), np.where(lives, net, 0)),
        "mixing": apart(
            np.where(mixes, f["mix_cost"], 0), np.where(mixes, at.mixed * t.mixed, 0)
        ),
        "goods": apart(f["made"], f["bought"]),
        "composites": apart(
            f["mixed"] + np.maximum(q.stocks, 0), f["used"] + np.maximum(-q.stocks, 0)
        ),
        "factors": apart(q.owned, f["factors"]),
        "currency": apart(owns, f["currency"] + owed),
        "permits": least(at.permit / PERMIT, spare),
        "avoiding": least(at.avoided, (worth - at.permit) / worth, q.possible - at.avoided),
        "households": apart(at.home, f["home"], 1e-6 * Demands(t, q, at).beyond0),
        "treasuries": apart(at.public, f["public"], 1e-6 * Demands(t, q, at).public0),
        "unit of account": abs(float((share * at.wage).sum()) - 1.0),
        "negative": float(-min(at.home.min(), at.public.min(), at.permit.min(), 0.0)),
    }  # fmt: skip


# ------------------------------------------------------------------------------- drawing


def _spread(rng: np.random.Generator, orders: float, *shape: int) -> Array:
    return np.asarray(10.0 ** rng.uniform(-orders / 2, orders / 2, shape))


EXACT = 1e-10
"""To what all conditions hold at an equilibrium that is constructed."""

FARTHEST = 4.0
"""Moves by which outputs differ at most: as many as the wildest of all prices."""

SIZES = 6.0
"""Orders of magnitude that the sizes of regions span, or those of goods where there is one."""


def benchmark(
    rng: np.random.Generator, regions: int, goods: int, orders: float = 2.0
) -> tuple[Technology, Policy, Point]:
    """A first equilibrium: shares, taxes and prices at random, output by what is bought.

    Arguments:
        rng: random numbers.
        regions: number of regions.
        goods: number of goods.
        orders: orders of magnitude that prices span.
    """
    R, N, F = regions, goods, FACTORS
    size = _spread(rng, SIZES if R > 1 else 1.0, R, 1)
    tastes = 3.0 if R > 1 else SIZES
    raw = _spread(rng, 4.0, R, N, N) * (rng.random((R, N, N)) < 0.7)
    a_goods = rng.uniform(0.1, 0.6, (R, 1, N)) * raw / np.maximum(raw.sum(1, keepdims=True), 1e-300)
    rest = 1.0 - a_goods.sum(1)
    a_ship = rest * rng.uniform(0.02, 0.3, (R, N))
    split = rng.uniform(0.05, 0.95, (R, N))
    split = np.where(rng.random((R, N)) < 0.1, 1.0, split)
    a_fact = np.stack([split, 1.0 - split], 1) * (rest - a_ship)[:, None]
    home = size * _spread(rng, tastes, R, N) * (rng.random((R, N)) < 0.8)
    home[:, 0] = np.maximum(home[:, 0], 0.1 * size[:, 0])
    public = 0.3 * size * _spread(rng, 2.0, R, N) * (rng.random((R, N)) < 0.6)
    public[:, 0] = np.maximum(public[:, 0], 0.01 * size[:, 0])
    owns = np.where(rng.random((R, N)) < 0.3, rng.uniform(0.0, 0.5, (R, N)), 0.0)
    owes = rng.uniform(0.0, 3.0, (R, 1)) * (rng.random((R, N)) < 0.3)
    stocks = np.where(owns > 0, owns, -owes)  # as a share of purchases
    a_trade = _origins(rng, size[:, 0], N)
    output_tax, tariff = rng.uniform(-0.3, 0.4, (R, N)), rng.uniform(-0.2, 0.6, (R, N, R))
    factor_tax = rng.uniform(-0.2, 0.5, (R, F))
    price, mixed = _spread(rng, orders, R, N), _spread(rng, orders, R, N)
    wage, currency = _spread(rng, orders, R, F), float(_spread(rng, orders / 2))
    weights = rng.uniform(0.1, 1.0, (R, F))
    level = (weights * wage).sum() / weights.sum()
    price, mixed, wage, currency = (x / level for x in (price, mixed, wage, currency))
    # values: W of composites, V of output; W = a (1 - t) V + C, V = trade / (1 + tariff) W
    n, same_r, same_i = R * N, np.eye(R), np.eye(N)
    net = a_goods * (1 - output_tax)[:, None]
    buys = np.einsum("rji,rs->rjsi", net, same_r).reshape(n, n)
    sells = np.einsum("sir,ij->sirj", a_trade / (1 + tariff), same_i).reshape(n, n)
    leontief_inverse = np.linalg.inv(np.eye(n) - buys @ sells)
    saved, share = rng.uniform(-0.2, 0.2, R), rng.uniform(0.7, 1.3, R)
    for _ in range(5):  # households spend about what they earn, treasuries what taxes yield
        W = leontief_inverse @ (home * (1 - stocks) + public).ravel()
        cost = (sells @ W).reshape(R, N) * (1 - output_tax)
        earned = (a_fact / (1 + factor_tax[:, :, None]) * cost[:, None]).sum((1, 2))
        taxed = (output_tax / (1 - output_tax) * cost).sum(1)
        taxed += (a_fact * (factor_tax / (1 + factor_tax))[:, :, None] * cost[:, None]).sum((1, 2))
        landed = (a_trade * tariff / (1 + tariff)).sum(0).T
        taxed += (landed * W.reshape(R, N)).sum(1)
        taxed, earned = np.stack([taxed, earned]) / earned.sum() * size.sum()
        outlays = (home * (1 - stocks)).sum(1, keepdims=True)
        home = home / outlays * (earned * (1 - saved))[:, None]
        public = (
            public
            / public.sum(1, keepdims=True)
            * np.maximum(0.05 * earned, share * taxed)[:, None]
        )
    W = leontief_inverse @ (home * (1 - stocks) + public).ravel()
    V = (sells @ W).reshape(R, N)
    W = W.reshape(R, N)
    cost = V * (1 - output_tax)
    emits = rng.uniform(0.1, 2.0, (R, N)) * (rng.random((R, N)) < 0.7)
    emits[:, 0] += 0.1
    burnt = (emits * a_ship * cost).sum(1) / currency / home.sum(1) / rng.uniform(0.1, 0.5, R)
    wages = wage[:, :, None] * (1 + factor_tax[:, :, None]) * np.ones((R, F, N))
    landed = price[:, :, None] * (1 + tariff)
    t = Technology(
        made=V / price,
        inputs=a_goods * cost[:, None] / mixed[:, :, None],
        factors=a_fact * cost[:, None] / wages,
        shipping=a_ship * cost / currency,
        emits=emits / np.where(burnt > 0, burnt, 1.0)[:, None],
        avoids=home.sum(1),
        mixed=W / mixed,
        trade=a_trade * W.T[None] / landed,
        home=home / mixed,
        committed=rng.uniform(0.0, 0.6, (R, N)) * home / mixed * (rng.random((R, N)) < 0.5),
        public=public / mixed,
        goods=mixed,
        wages=wages,
        landed=landed,
        currency=currency,
        top=rng.choice([0.0, 0.3, 1.0, 1.5], (R, N)),
        armington=rng.choice([0.8, 1.0, 2.0, 4.0, 8.0], N),
        taste=rng.choice([0.3, 0.9, 1.0, 2.0], R),
    )
    point = Point(
        price, mixed, wage, np.zeros(R), currency, np.ones((R, N)), np.ones((R, N)), np.zeros(R),
        ((t.home - t.committed) * mixed).sum(1), public.sum(1),
    )  # fmt: skip
    policy = Policy(
        output_tax, factor_tax, tariff,
        np.where(rng.random(R) < 0.5, rng.uniform(0.0, 0.5, R), 0.0),
        np.zeros((R, F)), stocks * home / mixed, np.zeros((2, R)), np.zeros(R),
        rng.uniform(0.1, 1.0, (R, N)) * PERMIT * (W > 0), rng.uniform(0.1, 1.0, (R, F)) * PERMIT,
        np.ones(R), weights,
    )  # fmt: skip
    return t, endowed(t, policy, point, 1.5), point


def _origins(rng: np.random.Generator, size: Array, goods: int) -> Array:
    """Shares of origins in what a region buys, in proportion to their size (s, i, r).

    A third of all trade is left out, and some regions make nothing of some goods.
    """
    R = len(size)
    raw = _spread(rng, 2.0, R, goods, R) * (rng.random((R, goods, R)) < 0.7)
    raw = raw * (size / size.sum())[:, None, None]
    raw[np.arange(R), :, np.arange(R)] = 1.0 + 3.0 * rng.random((R, goods))
    absent = (rng.random((R, goods)) < 0.15) & (size < size.max())[:, None]
    absent[:, 0] = False
    raw[absent] = 0.0
    largest = int(size.argmax())
    raw[largest] = np.where(raw.sum(0) > 0, raw[largest], 1.0)
    return np.asarray(raw / raw.sum(0))


def endowed(t: Technology, q: Policy, at: Point, slack: float | Array) -> Policy:
    """The policy with the endowments at which a point is an equilibrium."""
    f = flows(t, q, at)
    emitted = f["burnt"] - t.avoids * at.avoided
    cap = np.where(at.permit > 0, emitted, slack * np.maximum(emitted, 0) + 1e-3 * t.avoids)
    q = replace(q, owned=f["factors"], cap=cap, debts=np.zeros((2, len(cap))))
    f = flows(t, q, at)
    public = (at.public - f["public"]) / (1.0 - q.shared) / at.currency
    q = replace(q, debts=np.stack([np.zeros(len(cap)), public]))
    f = flows(t, q, at)
    return replace(q, debts=np.stack([(at.home - f["home"]) / at.currency, public]))


def moved(
    rng: np.random.Generator, t: Technology, q: Policy, at: Point, move: float
) -> tuple[Policy, Point] | None:
    """A second equilibrium, with prices and incomes that differ by some ``move``.

    Returns:
        None where no output is positive at these taxes, one is further off than prices are, or
        rounding leaves the equilibrium inexact: a market that is nearly all what households own.
    """
    R = len(t.made)

    def shaken(x: Array | float) -> Any:
        return x * np.exp(move * rng.standard_normal(np.shape(x)))

    def rate(x: Array, low: float) -> Array:
        return np.clip(x + 0.3 * move * rng.standard_normal(x.shape), low, 0.7)

    q = replace(
        q,
        output_tax=rate(q.output_tax, -0.6),
        factor_tax=rate(q.factor_tax, -0.5),
        tariff=rate(q.tariff, -0.5),
        stocks=shaken(q.stocks),
    )
    binds = rng.random(R) < 0.5
    permit = np.where(binds, PERMIT * rng.uniform(0.05, 2.0, R), 0.0)
    point = replace(
        at, wage=shaken(at.wage), currency=float(shaken(at.currency)), permit=permit,
        home=shaken(at.home), public=shaken(at.public),
    )  # fmt: skip
    found_ = _prices(t, q, point)
    if found_ is None:
        return None
    point = found_
    level = float((q.weights * point.wage).sum() / q.weights.sum())
    point = replace(
        point, price=point.price / level, mixed=point.mixed / level, wage=point.wage / level,
        permit=point.permit / level, currency=point.currency / level,
        home=point.home / level, public=point.public / level,
    )  # fmt: skip
    kind = np.where(binds, rng.integers(0, 3, R), 0)  # idle, running, at its limit
    d = Demands(t, q, point)
    aim = point.permit * np.choose(kind, [rng.uniform(1.2, 3.0, R), 1.0, rng.uniform(0.3, 0.9, R)])
    factor = np.where(binds, aim / d.avoid_cost, 1.0)[:, None]
    q = replace(q, avoid_goods=q.avoid_goods * factor, avoid_factors=q.avoid_factors * factor)
    point = _outputs(t, q, replace(point, avoided=np.zeros(R)))
    if point is None:
        return None
    burnt = flows(t, q, point)["burnt"] / t.avoids
    avoided = np.where(kind > 0, 0.3 * burnt * rng.random(R), 0.0)
    possible = np.where(kind == 2, avoided, avoided + 0.5 * burnt + 1e-3)
    point = _outputs(t, q, replace(point, avoided=avoided))
    if point is None or _farthest(t, point) > FARTHEST * move:
        return None
    q = endowed(t, replace(q, possible=possible), point, rng.uniform(1.05, 2.0, R))
    exact = (q.cap > 0).all() and max(gaps(t, q, point).values()) < EXACT
    return (q, point) if exact else None


def _farthest(t: Technology, at: Point) -> float:
    """How far the level furthest from the benchmark is off, in logs."""
    runs, mixes = (np.where(made > 0, level, 1.0) for made, level in
                   ((t.made, at.runs), (t.mixed, at.mixes)))  # fmt: skip
    return float(max(np.abs(np.log(runs)).max(), np.abs(np.log(mixes)).max()))


def _prices(t: Technology, q: Policy, at: Point) -> Point | None:
    """Prices of goods at which nobody makes a profit, by Newton's method in logs."""
    R, N = t.made.shape
    lives = t.made > 0
    for _ in range(30):
        d = Demands(t, q, at)
        mixed = np.where(t.mixed > 0, d.mix_cost / np.where(t.mixed > 0, t.mixed, 1.0), at.mixed)
        at = replace(at, mixed=mixed)
        d = Demands(t, q, at)
        net = np.where(lives, at.price * t.made * (1 - q.output_tax), 1.0)
        gap = np.where(lives, np.log(np.where(lives, d.make_cost, 1.0) / net), 0.0)
        if np.abs(gap).max() < 1e-14:
            return at
        bought = d.inputs * at.mixed[:, :, None] / np.where(lives, d.make_cost, 1.0)[:, None]
        worth = d.trade * at.price[:, :, None] * (1 + q.tariff)
        worth = worth / np.where(t.mixed > 0, d.mix_cost, 1.0).T[None]
        matrix = -np.einsum("rji,sjr->risj", bought, worth).reshape(R * N, R * N)
        matrix[np.arange(R * N), np.arange(R * N)] += 1.0
        step = np.linalg.solve(matrix, gap.ravel()).reshape(R, N)
        at = replace(at, price=at.price * np.exp(np.clip(step, -2.0, 2.0)))
    return None


def _outputs(t: Technology, q: Policy, at: Point) -> Point | None:
    """Levels at which all goods markets clear; None where one is negative."""
    R, N = t.made.shape
    none = replace(at, runs=np.zeros((R, N)), mixes=np.zeros((R, N)))
    fixed = (flows(t, q, none)["used"] - q.stocks).ravel()
    d, n = Demands(t, q, at), R * N
    matrix = np.zeros((2 * n, 2 * n))  # markets of goods and composites; runs and mixes
    matrix[:n, :n], matrix[n:, n:] = np.diag(t.made.ravel()), np.diag(t.mixed.ravel())
    matrix[:n, n:] = -np.einsum("sir,ij->sirj", d.trade, np.eye(N)).reshape(n, n)
    matrix[n:, :n] = -np.einsum("rji,rs->rjsi", d.inputs, np.eye(R)).reshape(n, n)
    dead = np.concatenate([t.made.ravel() <= 0, t.mixed.ravel() <= 0])
    right = np.concatenate([np.zeros(n), fixed])
    matrix[dead, dead] = 1.0
    right[dead] = 1.0
    levels = np.linalg.solve(matrix, right)
    if not (levels > 0).all():
        return None
    return replace(at, runs=levels[:n].reshape(R, N), mixes=levels[n:].reshape(R, N))


# ------------------------------------------------------------------------------- in the language


def parameters(t: Technology, q: Policy) -> dict[str, Array]:
    """All parameters of ``declare`` by name."""
    table = {
        "made": t.made, "inputs": t.inputs, "factors": t.factors, "shipping": t.shipping,
        "permits": t.shipping * t.emits, "avoids": t.avoids, "mixed": t.mixed, "trade": t.trade,
        "beyond": t.home - t.committed,
        "committed": t.committed, "public": t.public, "p_goods": t.goods, "p_wages": t.wages,
        "p_landed": t.landed, "p_currency": np.asarray(t.currency), "top": t.top,
        "armington": t.armington, "taste": t.taste,
    }  # fmt: skip
    policy = {k: np.asarray(getattr(q, k)) for k in q.__dataclass_fields__ if k != "debts"}
    policy["avoid_goods"] = t.avoids[:, None] * q.avoid_goods
    policy["avoid_factors"] = t.avoids[:, None] * q.avoid_factors
    return {**table, **policy, "home_debt": q.debts[0], "public_debt": q.debts[1]}


def declare(t: Technology, q: Policy) -> Model:
    """The economy in the language; all of one shape have the same parameters."""
    R, N = t.made.shape
    m = Model(f"{R} regions, {N} goods", r=R, s=alias("r"), i=N, j=alias("i"), f=FACTORS)
    over = {
        "made": "ri", "inputs": "rji", "factors": "rfi", "shipping": "ri", "permits": "ri",
        "avoids": "r", "mixed": "ri", "trade": "sir", "beyond": "ri", "committed": "ri",
        "public": "ri",
        "p_goods": "ri", "p_wages": "rfi", "p_landed": "sir", "p_currency": "", "top": "ri",
        "armington": "i", "taste": "r", "output_tax": "ri", "factor_tax": "rf", "tariff": "sir",
        "shared": "r", "owned": "rf", "stocks": "ri", "cap": "r", "avoid_goods": "ri",
        "avoid_factors": "rf",
        "possible": "r", "weights": "rf", "home_debt": "r", "public_debt": "r",
    }  # fmt: skip
    v = {k: m.parameter(k, over[k], (over[k], x)) for k, x in parameters(t, q).items()}
    P, Q = m.commodity("P", "r i"), m.commodity("Q", "r i")
    F, FX = m.commodity("F", "r f"), m.commodity("FX")
    E = m.commodity("E", "r", may_be_zero=PERMIT)
    H, G = m.agent("H", "r"), m.agent("G", "r")
    m.activity(
        "Y",
        "r i",
        makes=P["r i"](v["made"], taxes=v["output_tax"].to(G["r"])),
        uses=ces(
            v["top"],
            Q["r j"](v["inputs"], m.parameter("p_inputs", "rj", ("rj", t.goods))),
            ces(
                VALUE_ADDED, F["r f"](v["factors"], v["p_wages"], taxes=v["factor_tax"].to(G["r"]))
            ),
            leontief(FX[""](v["shipping"], v["p_currency"]), E["r"](v["permits"])),
        ),
    )
    m.activity(
        "A",
        "r i",
        makes=Q["r i"](v["mixed"]),
        uses=ces(v["armington"], P["s i"](v["trade"], v["p_landed"], taxes=v["tariff"].to(G["r"]))),
    )
    m.activity(
        "B",
        "r",
        makes=E["r"](v["avoids"]),
        uses=ces(
            AVOIDING,
            Q["r i"](v["avoid_goods"], v["p_goods"]),
            F["r f"](v["avoid_factors"], v["p_currency"]),
        ),
        latent=1.0,
        capacity=v["possible"],
        owner=H["r"],
    )
    H.owns(F["r f"], v["owned"]).owns(Q["r i"], v["stocks"]).owns(FX[""], v["home_debt"])
    H.spends(
        ces(v["taste"], Q["r i"](None, v["p_goods"], minimum=v["committed"], beyond=v["beyond"]))
    )
    G.owns(E["r"], v["cap"]).owns(FX[""], v["public_debt"]).gives(v["shared"], H["r"])
    G.spends(ces(1.0, Q["r i"](v["public"], v["p_goods"])))
    m.numeraire({F: v["weights"]}, drop=FX)
    return m


def values(model: Model, t: Technology, q: Policy) -> dict[str, Any]:
    """Parameters of an economy for a solver of its shape."""
    return model.values({**parameters(t, q), "p_inputs": t.goods})


def start(t: Technology, at: Point) -> dict[str, Array]:
    """A point as unknowns of the engine."""
    beyond = ((t.home - t.committed) * t.goods).sum(1)
    return at.unknowns((beyond, (t.public * t.goods).sum(1)))


def found(e: Equilibrium) -> Point:
    """The point of a solution: prices, levels and incomes alone are taken from the engine."""
    return Point(
        e.price("P").values, e.price("Q").values, e.price("F").values, e.price("E").values,
        float(e.price("FX")), e.level("Y").values, e.level("A").values, e.level("B").values,
        e.income("H").values, e.income("G").values,
    )  # fmt: skip
