r"""Aggregation and disaggregation of a SAM: merging and splitting accounts and regions.

A classification is a matrix :math:`C` of weights from old accounts to new ones whose rows sum to
one; the new matrix of payments is

.. math:: T' = C^\top T \, C .

Merging has weights of one. Splitting an account with the same weights for its receipts and its
payments gives every part the balance of the whole, so a balanced SAM stays balanced, and merging
the parts gives the old SAM back. Where both sides of a payment are split, the product would say
that every part deals with every other; it is replaced for payments that are alike:

- an activity's sale of its own good: every part makes its own part of the good,
- payments within a region: every part of the region deals with itself, so that splitting invents no
  trade between the parts.

With weights :math:`a` of the receiver and :math:`b` of the payer, the share of parts :math:`(s, t)`
in a payment that is alike is

.. math:: S_{st} = \min(a_s, b_s) \, [s = t]
          + \frac{(a_s - m_s)(b_t - m_t)}{1 - \sum_u m_u} , \qquad m_u = \min(a_u, b_u) ,

which has the sums :math:`a` and :math:`b` and is diagonal where they agree. Merging regions is the
reverse: trade between them becomes payments within the merged region.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.accounts import ACTIVITY, COMMODITY
from sam.concordance import Concordance
from sam.errors import SAMError
from sam.matrix.frames import KEYS, SHOWN, describe, merge, negative, require_columns

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

Key = str | tuple[str, str]
"""A region, an account's name, or (region, name)."""

Weights = Mapping[str, float]
"""New names with weights of any size: shares, output, population."""

Merging = Mapping[Key, str] | Mapping[str, str] | Concordance
"""New name by old name."""

Splitting = (
    Mapping[Key, Weights | tuple[Weights, Weights]]
    | Mapping[str, Weights]
    | Mapping[str, tuple[Weights, Weights]]
    | Concordance
)
"""Weights by old name: the same for receipts and payments, or a pair (receipts, payments)."""

_WHOLE = -1  # the rule of an account that stays as it is


@dataclass(frozen=True, eq=False)
class _Rule:
    """What an account becomes: new names with weights of its receipts and its payments."""

    names: npt.NDArray[np.object_]
    receipts: Array
    payments: Array


@dataclass(frozen=True, eq=False)
class _Parts:
    """Parts of payments: under their new names, with the payment they are of and their share."""

    frame: pd.DataFrame  # the value is that of the whole payment
    line: Codes
    share: Array


def reclassify(
    frame: pd.DataFrame,
    regions: Merging | Splitting | None = None,
    accounts: Merging | Splitting | None = None,
    *,
    kinds: str | Collection[str] | None = None,
    flows: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Merge or split regions, then accounts.

    Arguments:
        frame: payments.
        regions: for all accounts of the regions it names.
        accounts: for the accounts it names.
        kinds: limits ``accounts`` to accounts of these kinds.
        flows: payments in the new classification whose proportions replace the weights wherever
            they tell how a payment is split.

    Raises:
        SAMError: a name or a kind is unknown, weights are no shares, a kind is not covered by a
            concordance.
    """
    kinds = None if kinds is None else _known_kinds(frame, kinds)
    if accounts is not None and kinds is not None:
        _require_cover(frame, accounts, kinds)
    parts = _Parts(frame, np.arange(len(frame)), np.ones(len(frame)))
    for what, spec in (("region", regions), ("account", accounts)):
        if spec is not None:
            parts = _applied(parts, what, spec, None if what == "region" else kinds)
    share = parts.share if flows is None else _by_pattern(parts, _pattern(flows))
    value = parts.frame["value"].to_numpy()
    kept = (share != 0.0) | (value == 0.0)
    return merge(parts.frame.assign(value=value * share)[kept])


def _rules(spec: Merging | Splitting, what: str) -> dict[Key, _Rule]:
    """One rule per old name."""
    if isinstance(spec, Concordance):
        parts = spec.table.groupby("source", sort=False)
        shares = {
            str(source): dict(zip(part["target"], part["weight"], strict=True))
            for source, part in parts
        }
        labels = {source: source for source in shares} | dict(spec.names)
        return {label: _rule(what, label, shares[source]) for label, source in labels.items()}
    return {key: _rule(what, key, target) for key, target in spec.items()}


def _rule(what: str, key: Key, target: str | Weights | tuple[Weights, Weights]) -> _Rule:
    if isinstance(target, str):
        target = {target: 1.0}
    sides = target if isinstance(target, tuple) else (target, target)
    if len(sides) != 2 or not all(isinstance(side, Mapping) for side in sides):
        raise SAMError(
            f"SAM: {what} {key!r} becomes {target!r}; give a name, weights by name, or a pair of "
            "them (receipts, payments)"
        )
    receipts, payments = sides
    names = list(dict.fromkeys([*receipts, *payments]))
    return _Rule(
        np.array(names, dtype=object),
        _shares(what, key, [receipts.get(name, 0.0) for name in names]),
        _shares(what, key, [payments.get(name, 0.0) for name in names]),
    )


def _shares(what: str, key: Key, weights: list[float]) -> Array:
    values = np.array(weights, dtype=float)
    if not np.isfinite(values).all() or (values < 0.0).any() or not values.sum() > 0.0:
        raise SAMError(
            f"SAM: weights of {what} {key!r} are {weights}; they must be numbers >= 0 with a "
            "positive sum"
        )
    return np.asarray(values / values.sum(), dtype=float)


def _places(
    frame: pd.DataFrame,
    side: str,
    what: str,
    keys: Mapping[Key, _Rule],
    kinds: Collection[str] | None,
) -> Codes:
    """Number of the rule that holds for one side of every payment, or ``_WHOLE``."""
    order = {key: place for place, key in enumerate(keys)}
    region = frame[f"{side}_region"]
    name = region if what == "region" else frame[side]
    result = name.map({k: v for k, v in order.items() if isinstance(k, str)})
    pairs = {k: v for k, v in order.items() if not isinstance(k, str)}
    if pairs:
        index = pd.MultiIndex.from_arrays([region, name])
        special = pd.Series(pairs).reindex(index).set_axis(frame.index)
        result = special.fillna(result)
    places = result.fillna(_WHOLE).to_numpy(dtype=np.intp)
    if kinds is not None:
        places[~frame[f"{side}_kind"].isin(kinds).to_numpy()] = _WHOLE
    return np.asarray(places, dtype=np.intp)


def _applied(
    parts: _Parts, what: str, spec: Merging | Splitting, kinds: Collection[str] | None
) -> _Parts:
    """All payments under the rules of their receivers and payers."""
    frame, keys = parts.frame, _rules(spec, what)
    receiver, payer = (_places(frame, side, what, keys, kinds) for side in ("row", "col"))
    _require_use(what, spec, keys, receiver, payer, frame)
    columns = ("row_region", "col_region") if what == "region" else ("row", "col")
    old = [frame[column].to_numpy(dtype=object) for column in columns]
    blocks = []
    for lines, (r, c, like) in _groups(receiver, payer, _alike(frame, what)):
        names, share = _split(list(keys.values()), r, c, like)
        sides = [
            np.repeat(side[lines], share.size) if new is None else np.tile(new, len(lines))
            for side, new in zip(old, names, strict=True)
        ]
        blocks.append((np.repeat(lines, share.size), np.tile(share, len(lines)), *sides))
    line, share, *new = (np.concatenate(block) for block in zip(*blocks, strict=True))
    order = np.argsort(line, kind="stable")
    line, share = line[order], share[order]
    result = frame.iloc[line].reset_index(drop=True)
    for column, labels in zip(columns, new, strict=True):
        result[column] = pd.array(labels[order], dtype="str")
    return _Parts(result, parts.line[line], parts.share[line] * share)


def _groups(
    receiver: Codes, payer: Codes, alike: npt.NDArray[np.bool_]
) -> Iterator[tuple[Codes, tuple[int, int, bool]]]:
    """Payments that share the rules of both sides, with these rules."""
    codes, groups = pd.MultiIndex.from_arrays([receiver, payer, alike]).factorize()
    order = np.argsort(codes, kind="stable")
    cuts = np.searchsorted(codes[order], np.arange(len(groups) + 1))
    for group, start, stop in zip(groups, cuts[:-1], cuts[1:], strict=True):
        yield order[start:stop], group


def _split(
    rules: list[_Rule], r: int, c: int, like: bool
) -> tuple[tuple[npt.NDArray[np.object_] | None, ...], Array]:
    """New names of receiver and payer (``None``: the old ones) and shares of all pairs."""
    if r == _WHOLE and c == _WHOLE:
        return (None, None), np.ones(1)
    if c == _WHOLE:
        return (rules[r].names, None), rules[r].receipts
    if r == _WHOLE:
        return (None, rules[c].names), rules[c].payments
    row, col = rules[r], rules[c]
    share = _coupled(row, col) if like else np.outer(row.receipts, col.payments)
    rows, cols = np.repeat(row.names, len(col.names)), np.tile(col.names, len(row.names))
    return (rows, cols), share.ravel()


def _coupled(row: _Rule, col: _Rule) -> Array:
    """Shares of pairs that lie on the diagonal as far as the weights of both sides allow."""
    same = row.names[:, None] == col.names[None, :]  # new receiver, new payer
    diagonal = np.where(same, np.minimum(row.receipts[:, None], col.payments[None, :]), 0.0)
    receipts, payments = row.receipts - diagonal.sum(axis=1), col.payments - diagonal.sum(axis=0)
    rest = receipts.sum()
    if rest < 1e-14:  # rounding of the shares
        return np.asarray(diagonal / diagonal.sum())
    return np.asarray(diagonal + np.outer(receipts, payments) / rest)


def _alike(frame: pd.DataFrame, what: str) -> npt.NDArray[np.bool_]:
    """Payments whose parts deal with their likes: own goods, or within a region."""
    if what == "region":
        result = frame["row_region"] == frame["col_region"]
    else:
        sale = (frame["row_kind"] == ACTIVITY) & (frame["col_kind"] == COMMODITY)
        result = sale & (frame["row"] == frame["col"])
    return result.to_numpy(dtype=bool)


def _by_pattern(parts: _Parts, pattern: pd.DataFrame) -> Array:
    """Shares of the parts in the pattern where it knows any part of a payment."""
    known = parts.frame[KEYS].merge(pattern, on=KEYS, how="left")["value"].fillna(0.0).to_numpy()
    total, size = (np.bincount(parts.line, weights=w)[parts.line] for w in (known, np.abs(known)))
    told = np.abs(total) > 1e-12 * size  # taxes and subsidies may cancel: no proportions
    return np.asarray(np.where(told, known / np.where(told, total, 1.0), parts.share), dtype=float)


def _pattern(flows: pd.DataFrame) -> pd.DataFrame:
    require_columns(flows)
    pattern = merge(flows.astype(dict.fromkeys(KEYS, "str")))
    bad = negative(pattern) | ~np.isfinite(pattern["value"].to_numpy(dtype=float))
    if bad.any():
        raise SAMError(
            f"SAM: {bad.sum()} flows that shall split payments are negative or no numbers, first "
            f"{describe(pattern, bad)}; give proportions >= 0"
        )
    return pattern


def _known_kinds(frame: pd.DataFrame, kinds: str | Collection[str]) -> list[str]:
    """The kinds that are asked for, all of which must occur."""
    wanted = [kinds] if isinstance(kinds, str) else list(kinds)
    known = pd.concat([frame["row_kind"], frame["col_kind"]]).drop_duplicates().tolist()
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        raise SAMError(f"SAM: no account of kind {unknown} to merge or split; known: {known}")
    return wanted


def _require_cover(
    frame: pd.DataFrame, accounts: Merging | Splitting, kinds: Collection[str]
) -> None:
    """A concordance for whole kinds must cover them."""
    if not isinstance(accounts, Concordance):
        return
    sides = (frame.loc[frame[f"{s}_kind"].isin(kinds), s] for s in ("row", "col"))
    names = pd.concat(list(sides)).drop_duplicates()
    lost = sorted(set(map(accounts.source_of, names)) - set(accounts.sources))
    if lost:
        raise SAMError(
            f"SAM: concordance {accounts.name} does not cover {len(lost)} accounts of kinds "
            f"{list(kinds)}: {lost[:SHOWN]}; add them, or leave out `kinds` to keep them"
        )


def _require_use(
    what: str,
    spec: Merging | Splitting,
    keys: Mapping[Key, _Rule],
    receiver: Codes,
    payer: Codes,
    frame: pd.DataFrame,
) -> None:
    """Every name of a mapping must be met in the SAM, of a concordance at least one."""
    used = set(np.unique(receiver)) | set(np.unique(payer))
    lost = [key for place, key in enumerate(keys) if place not in used]
    if len(lost) == len(keys) or (lost and not isinstance(spec, Concordance)):
        sides = ("row_region", "col_region") if what == "region" else ("row", "col")
        known = pd.concat([frame[side] for side in sides]).drop_duplicates().tolist()
        raise SAMError(f"SAM: no {what} {lost[:SHOWN]} to merge or split; known: {known[:60]}")
