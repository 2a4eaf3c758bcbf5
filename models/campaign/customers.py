"""The customers a campaign may be sent to, as columns of numbers, and what an offer does to their probability."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from data.errors import InputError
from models.campaign.params import PROPENSITY, RANDOM, RANKS, RELATIVE, SPEND

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Found = TypeVar("Found")
# The moments of the spend are smooth in sigma: so many values of it describe them to five digits or more.
_SIGMAS: Final = 257
# exp of six residual spreads of such width is the most a float holds: wider ones are cut.
WIDEST: Final = 20.0
# A single order six spreads out, seen once among a thousand buyers, would multiply everybody's variance by ten:
# held out windows bear that out for nobody (docs/campaign-test.md).
FURTHEST: Final = 3.0


@dataclass(frozen=True, eq=False)
class Customers:
    """An audience: one value a customer, shape (n,), in the file's order (which is a fair shuffle).

    `probability` and `spend` (account currency) are `pred_prob` and `pred_spend` over `horizon_days`; `sigma`
    is the spread of the log spend of those who buy; `ranks` are further scores to put customers in order by,
    higher first; `shape` is the distribution G of standardised log residuals: its knots z and G there.
    """

    probability: Floats
    spend: Floats
    sigma: Floats
    ranks: Mapping[str, Floats]
    horizon_days: int
    shape: tuple[Floats, Floats]
    # What follows from the above alone is worked out once.
    _kept: dict[Any, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.probability)

    def kept(self, key: Any, make: Callable[[], Found]) -> Found:
        """What `make` returns, made once for these customers and kept under `key`."""
        if key not in self._kept:
            self._kept[key] = make()
        found: Found = self._kept[key]
        return found

    def take(self, places: Places) -> Customers:
        """The customers at these places, in that order."""
        return Customers(
            self.probability[places],
            self.spend[places],
            self.sigma[places],
            {name: score[places] for name, score in self.ranks.items()},
            self.horizon_days,
            self.shape,
        )

    def bare(self) -> Customers:
        """The same customers without their further scores."""
        return Customers(self.probability, self.spend, self.sigma, {}, self.horizon_days, self.shape)

    def at(self, days: int) -> Customers:
        """The same customers over another horizon: p = 1 - (1 - p)^(H/h), expected spend x H/h."""
        if days == self.horizon_days:
            return self
        # Only the last one is kept: a slider passes through many.
        last: Customers | None = self._kept.get("at")
        if last is None or last.horizon_days != days:
            ratio = days / self.horizon_days
            last = Customers(
                1.0 - (1.0 - self.probability) ** ratio,
                self.spend * ratio,
                self.sigma,
                self.ranks,
                days,
                self.shape,
                # The spread does not depend on the horizon, nor what follows from it.
                {"moment": self.moment()},
            )
            self._kept["at"] = last
        return last

    @property
    def value(self) -> Floats:
        """v: the expected spend given a purchase, pred_spend / pred_prob, 0 where nobody buys; shape (n,)."""
        return self.kept("value", self._value)

    def _value(self) -> Floats:
        buys = self.probability > 0
        return np.divide(self.spend, self.probability, out=np.zeros(len(self)), where=buys)

    @property
    def baseline(self) -> Floats:
        """p v: the expected spend without a campaign, 0 where nobody buys; shape (n,)."""
        return self.kept("baseline", lambda: self.probability * self.value)

    def moment(self) -> Floats:
        """E[S^2 | buys] / v^2 = E[exp(2 sigma z)] / E[exp(sigma z)]^2, shape (n,)."""
        return self.kept("moment", self._moment)

    def _moment(self) -> Floats:
        if not len(self):
            return np.zeros(0)
        low, high = float(self.sigma.min()), float(self.sigma.max())
        grid = np.linspace(low, high, _SIGMAS if high > low else 1)
        logs = np.log(exponential(self.shape, 2.0 * grid)) - 2.0 * np.log(exponential(self.shape, grid))
        return np.exp(np.interp(self.sigma, grid, logs))

    def ranked(self, rank: str) -> Places:
        """Places best first by a score that no campaign changes: any of `RANKS` but incremental profit.

        At random is the file's own order. InputError for a score these customers do not have.
        """
        if rank == RANDOM:
            return np.arange(len(self), dtype=np.int64)
        known = {PROPENSITY: self.probability, SPEND: self.spend, **self.ranks}
        if rank not in known:
            raise InputError(
                f"These customers cannot be ranked by {RANKS.get(rank, rank)}: choose another rank."
            )
        return self.kept(("order", rank), lambda: best_first(known[rank]))


def best_first(score: Floats) -> Places:
    """Places by falling score, ties in the file's order, no score (NaN) last; compared in single precision."""
    # Adding 0 makes the two zeros one.
    bits = (np.fmax(score, -np.inf).astype(np.float32) + np.float32(0.0)).view(np.uint32)
    # One sort of 64-bit keys, the score above and the place below. A float's bits rise with its size but for
    # negative ones, which are turned round; then all are, for falling order.
    rising = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))
    keys = (~rising).astype(np.uint64) << np.uint64(32) | np.arange(len(score), dtype=np.uint64)
    keys.sort()
    return (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)


def within_reach(shape: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """A residual shape (z at knots, G there) whose residuals beyond `FURTHEST` spreads lie at these."""
    knots, share = shape
    return np.minimum(knots, FURTHEST), share


def exponential(shape: tuple[Floats, Floats], sigma: Floats) -> Floats:
    """E[exp(sigma z)] for each sigma, shape (k,): z uniform between knots, those below the first pay nothing.

    The sum over knots a < b of (G(b) - G(a)) exp(sigma a) expm1(sigma (b - a)) / (sigma (b - a)); 1 where
    the shape says that nobody pays.
    """
    knots, share = shape
    weight = np.diff(share)
    if not weight.sum() > 0:
        return np.ones(len(sigma))
    kept = np.minimum(sigma, 2.0 * WIDEST)
    wide = np.outer(kept, np.diff(knots))
    mean = np.divide(np.expm1(wide), wide, out=np.ones_like(wide), where=wide > 0)
    return np.asarray((np.exp(np.outer(kept, knots[:-1])) * mean) @ weight, dtype=np.float64)


def offered(probability: Floats, uplift: float | Floats, unit: str) -> Floats:
    """p' = p (1 + u) or p + u, kept within 0 and 1; `probability` and `uplift` are broadcast."""
    raw = probability * (1.0 + uplift) if unit == RELATIVE else probability + uplift
    return np.asarray(np.clip(raw, 0.0, 1.0, out=raw), dtype=raw.dtype)
