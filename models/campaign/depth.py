"""How deep to go: profit by number contacted in ranked order, its best depth, and what other depths cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.campaign.customers import Customers, Floats, Places
from models.campaign.params import PROPENSITY, RANDOM, RFM, CampaignParams
from models.roi import HIGH, LOW, Answer, incremental

RIVALS: Final = (RFM, PROPENSITY, RANDOM)


@dataclass(frozen=True, eq=False)
class Depth:
    """Net profit, account currency, at each of `depths`, shape (k,), rising from 0 (nobody) to everybody.

    `profit` and `cost` are expected, `low` to `high` hold 80 % of the possible outcomes. `best` is the depth of
    the highest expected profit, 0 where every campaign loses; in at least 80 % of the possible outcomes the best
    depth lies between `best_low` and `best_high`. `rivals` are the expected profits at the same depths of customers
    ranked otherwise, `everybody` that of contacting all, `budget` the depth that is paid for (None without a
    budget). `regret` is what is lost against the best depth: by the `chosen` one, by contacting `everybody`, by
    `half` and `double` the best depth, and by as many customers as are best taken at `random` or by `rfm`.
    """

    depths: Places
    profit: Floats
    low: Floats
    high: Floats
    cost: Floats
    best: int
    best_profit: float
    best_low: int
    best_high: int
    rivals: dict[str, Floats]
    everybody: float
    budget: int | None
    contacted: int
    regret: dict[str, float]


def depth(customers: Customers, params: CampaignParams, answer: Answer) -> Depth:
    """The curve of `answer`, which these customers and parameters gave.

    Best depths come from a parametric bootstrap: each possible outcome (uplift, level of spend and what each
    customer does drawn again) has a depth at which its own profit was highest.
    """
    curve = answer.curve
    low, high = np.quantile(curve.draws, (LOW, HIGH), axis=1)
    found = curve.depths[np.argmax(curve.draws, axis=0)]
    ends = np.quantile(found, (LOW, HIGH), method="inverted_cdf")
    rivals = _rivals(customers, params, curve.depths)

    def at(size: int, profit: Floats = curve.profit) -> float:
        return float(profit[np.searchsorted(curve.depths, size)])

    best_profit, everybody = at(curve.best), float(curve.profit[-1])
    others = {"half": at(curve.best // 2), "double": at(min(2 * curve.best, answer.audience))}
    others |= {rank: at(curve.best, rivals[rank]) for rank in (RANDOM, RFM) if rank in rivals}
    return Depth(
        depths=curve.depths,
        profit=curve.profit,
        low=low,
        high=high,
        cost=curve.cost,
        best=curve.best,
        best_profit=best_profit,
        best_low=min(int(ends[0]), curve.best),
        best_high=max(int(ends[1]), curve.best),
        rivals=rivals,
        everybody=everybody,
        budget=answer.within_budget,
        contacted=answer.contacted,
        regret={
            name: best_profit - profit
            for name, profit in {"chosen": at(answer.contacted), "everybody": everybody, **others}.items()
        },
    )


def _rivals(customers: Customers, params: CampaignParams, depths: Places) -> dict[str, Floats]:
    """Expected net profit at `depths` by other ranks; at random, the mean over all ways to choose."""
    gain = incremental(customers, params)
    places = depths[1:] - 1
    fixed = params.fixed_cost
    found: dict[str, Floats] = {}
    for rank in RIVALS:
        if rank == RANDOM:
            found[rank] = np.append(0.0, gain.sum() * depths[1:] / len(gain) - fixed)
        elif rank == PROPENSITY or rank in customers.ranks:
            total = np.cumsum(gain[customers.ranked(rank)])
            found[rank] = np.append(0.0, total[places] - fixed)
    return found
