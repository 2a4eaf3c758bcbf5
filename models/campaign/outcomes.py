"""Possible outcomes of a campaign at every depth: who buys, how much, and what that leaves.

A draw has one uplift, one level of spend, and an outcome for each customer: with U uniform, they buy without
the offer if U < p and with it if U < p' (the same U, so the two differ by the offer alone), use the discount
if U < r min(p, p') or if they buy because of it, and spend f v exp(sigma z) / E[exp(sigma z)]. Those who can
make the most difference are drawn one by one: all who are contacted where they are no more than `HEAD`. The
totals of the rest, who are many, alike and independent given uplift and level, are drawn as normal numbers
of their mean and variance (`cells`). All random numbers depend on the seed alone, so that two campaigns to the
same customers differ by what was changed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.campaign.cells import between, cells, grid, totals
from models.campaign.customers import WIDEST, Customers, Floats, Places, best_first, exponential
from models.campaign.params import RELATIVE, CampaignParams

Singles = NDArray[np.float32]
# A standard normal lies below this with probability .9: ranges are stated as 80 % ranges.
TENTH: Final = 1.281552
# So many of the contacted are drawn one by one, fewer where more outcomes are asked for, and a part of that of
# those who are not contacted.
HEAD: Final = 1000
_CELLS: Final = 2_000_000
_BEYOND: Final = 4
# Inverses of the residual shape at so many equal steps of probability.
_STEPS: Final = 65_536
_STEP: Final = 32
# Of those who all pay the same (sigma 0), -inf still means nothing paid.
_NARROW: Final = 1e-6
# Audiences of so few are looked at one customer at a time.
_EVERY: Final = 100
# Rows of normal numbers: uplift, level, and the luck of each block.
_MOST: Final = 128


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Net profit of contacting the first `depths` (k,) of the order in each draw, shape (k, draws).

    The fixed cost is in it but for depth 0, where nothing is done. `cost` is the total cost at the depth that
    was asked for, shape (draws,).
    """

    depths: Places
    profit: Floats
    cost: Floats


def uplifts_and_levels(params: CampaignParams) -> tuple[Floats, Floats]:
    """The uplift (normal, at least -1) and the level of spend (lognormal, mean 1) of each draw, shapes (draws,)."""
    normals = _normals(params.seed, params.draws)
    uplift = np.maximum(params.uplift + params.uplift_range / TENTH * normals[0], -1.0)
    wide = math.log1p(params.forecast_error**2)
    return uplift, np.exp(math.sqrt(wide) * normals[1] - wide / 2.0)


def head_size(draws: int) -> int:
    """How many of the contacted are drawn one by one, at most."""
    return min(HEAD, _CELLS // draws)


def grid_of_depths(audience: int) -> Places:
    """Depths at which every campaign of this audience is looked at: 0, all, and steps between; rising."""
    if audience <= _EVERY:
        return np.arange(audience + 1, dtype=np.int64)
    few = np.geomspace(1, min(HEAD, audience), 12)
    return np.union1d(np.rint(few), np.rint(np.linspace(0, audience, 49))).astype(np.int64)


def simulate(
    customers: Customers, order: Places, depths: Places, size: int, params: CampaignParams
) -> Outcomes:
    """Draw what contacting the best `size` of `order` brings, and `depths` (k,) and those of the grid besides.

    `customers` are at the campaign's horizon.
    """
    fixed = grid_of_depths(len(order))
    edges = np.union1d(fixed, np.append(depths, size))
    blocks, within = len(edges) - 1, int(np.searchsorted(edges, size))
    uplift, level = uplifts_and_levels(params)
    # The block of each customer in the file's order: reading in order is quicker than gathering.
    block = np.empty(len(order), dtype=np.int16)
    block[order] = np.repeat(np.arange(blocks, dtype=np.int16), np.diff(edges))
    drawn = _heaviest(customers, block, within, head_size(params.draws))
    gained, given = _one_by_one(customers.bare().take(drawn), block[drawn], blocks, uplift, level, params)
    if len(drawn) < len(order):
        block[drawn] = blocks
        summed = totals(cells(customers, block, blocks), params, grid(uplift))
        luck = _normals(params.seed, params.draws)[2 + _rows(edges[:-1], fixed)]
        spread = between(summed.uplifts, np.sqrt(summed.variance), uplift)
        gained += level * (between(summed.uplifts, summed.profit, uplift) + spread * luck)
        given += level * between(summed.uplifts, summed.discounts, uplift)
    profit = np.zeros((len(edges), params.draws))
    gained -= params.contact_cost * np.diff(edges)[:, None]
    np.cumsum(gained, axis=0, out=profit[1:])
    profit[1:] -= params.fixed_cost
    spent = given[:within].sum(axis=0) + params.contact_cost * size + params.fixed_cost
    return Outcomes(edges, profit, spent)


def _heaviest(customers: Customers, block: NDArray[np.int16], within: int, most: int) -> Places:
    """Places of the `most` of the contacted (block < within) with the widest outcomes, and some of the rest."""
    by_weight = customers.kept(
        "heaviest", lambda: best_first(customers.baseline * customers.value * customers.moment())
    )
    near = block[by_weight] < within
    chosen = np.append(np.flatnonzero(near)[:most], np.flatnonzero(~near)[: most // _BEYOND])
    return by_weight[np.sort(chosen)]


def _rows(starts: Places, fixed: Places) -> Places:
    """Which row of luck each block has: one of its own for each step of the grid, others for further blocks.

    So a depth that moves takes nobody else's luck.
    """
    near = np.searchsorted(fixed, starts, side="right") - 1
    further = fixed[near] != starts
    return np.where(further, len(fixed) + np.cumsum(further) - 1, near) % (_MOST - 2)


def _one_by_one(
    drawn: Customers,
    block: NDArray[np.int16],
    blocks: int,
    uplift: Floats,
    level: Floats,
    params: CampaignParams,
) -> tuple[Floats, Floats]:
    """Profit before contact costs and discounts of each block, summed over its customers, (blocks, draws)."""
    p = drawn.probability.astype(np.float32)[:, None]
    value, sigma = drawn.value, np.clip(drawn.sigma, _NARROW, WIDEST)
    # The log of what a buyer spends is base + sigma z; -inf for those who are worth nothing.
    base = np.full(len(p), -np.inf)
    np.log(value, out=base, where=value > 0)
    base -= np.log(exponential(drawn.shape, sigma))
    wide, base = sigma.astype(np.float32)[:, None], base.astype(np.float32)[:, None]
    relative = params.uplift_unit == RELATIVE
    raised = (uplift + relative).astype(np.float32)
    luck = _uniforms(params.seed, params.draws)
    residual = _residuals(params.seed, params.draws, *_bytes(drawn))
    gained, given = np.zeros((blocks, len(uplift))), np.zeros((blocks, len(uplift)))
    for number in np.unique(block):
        members = np.flatnonzero(block == number)
        # In steps that stay in the processor's cache.
        for start in range(0, len(members), _STEP):
            who = members[start : start + _STEP]
            chance, before = luck[who], p[who]
            after = before * raised if relative else before + raised
            np.clip(after, 0, 1, out=after)
            spend = residual[who]
            spend *= wide[who]
            spend += base[who]
            np.exp(spend, out=spend)
            with_it, without = chance < after, chance < before
            np.minimum(after, before, out=after)
            after *= np.float32(params.redemption)
            uses = (chance < after) | (with_it & ~without)
            gained[number] += (spend * (with_it.view(np.int8) - without.view(np.int8))).sum(axis=0)
            given[number] += (spend * uses).sum(axis=0)
    given *= params.discount * level
    gained *= params.margin * level
    return gained - given, given


def _bytes(customers: Customers) -> tuple[bytes, bytes]:
    knots, share = customers.shape
    return np.ascontiguousarray(knots).tobytes(), np.ascontiguousarray(share).tobytes()


@lru_cache(maxsize=2)
def _normals(seed: int, draws: int) -> Floats:
    """Rows of normal numbers: uplift, level, and the luck of each block, shape (_MOST, draws).

    The first two are stratified, one in each of `draws` slices of equal probability.
    """
    random = np.random.default_rng([seed, 0])
    rows = random.standard_normal((_MOST, draws))
    inverse = NormalDist().inv_cdf
    for row in rows[:2]:
        # Never quite 0, which has no inverse.
        share = (random.permutation(draws) + np.maximum(random.random(draws), _NARROW)) / draws
        row[:] = [inverse(each) for each in share.tolist()]
    return rows


@lru_cache(maxsize=2)
def _uniforms(seed: int, draws: int) -> Singles:
    """A uniform number for each customer drawn and draw, shape (customers, draws)."""
    size = head_size(draws) * (_BEYOND + 1) // _BEYOND
    return np.random.default_rng([seed, 1]).random((size, draws), dtype=np.float32)


@lru_cache(maxsize=2)
def _residuals(seed: int, draws: int, knots: bytes, share: bytes) -> Singles:
    """Standardised log residuals, -inf where a buyer pays nothing, shape (customers, draws)."""
    z, g = np.frombuffer(knots), np.frombuffer(share)
    middle = (np.arange(_STEPS) + 0.5) / _STEPS
    table = np.where(middle < g[0], -np.inf, np.interp(middle, g, z)).astype(np.float32)
    shape = _uniforms(seed, draws).shape
    return table[np.random.default_rng([seed, 2]).integers(0, _STEPS, shape, dtype=np.uint16)]
