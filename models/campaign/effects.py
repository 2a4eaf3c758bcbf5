"""What a test says: differences between arms with 95 % intervals, and whether the arms are what was planned."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

CONFIDENCE: Final = 0.95
_Z: Final = 1.959963984540054


@dataclass(frozen=True)
class Effect:
    """A difference, treated minus control, with its 95 % interval; no interval where nothing varies."""

    difference: float
    low: float | None
    high: float | None

    def times(self, factor: float, plus: float = 0.0) -> Effect:
        """The effect of `factor` (at least 0) customers, and `plus` on top."""
        low, high = (None if end is None else factor * end + plus for end in (self.low, self.high))
        return Effect(factor * self.difference + plus, low, high)

    def to_dict(self) -> dict[str, float | None]:
        """The effect as plain JSON values."""
        return {"difference": self.difference, "low": self.low, "high": self.high}


def welch(treated: Floats, control: Floats) -> Effect:
    """Difference of two means, shapes (n,) and (m,) of at least two, with Welch's interval.

    Welch (1947), "The generalization of Student's problem when several different population variances are
    involved", Biometrika 34: each arm has a variance of its own, degrees of freedom by Satterthwaite (1946).
    """
    from scipy.special import stdtrit

    difference = float(treated.mean() - control.mean())
    parts = [float(one.var(ddof=1)) / len(one) for one in (treated, control)]
    square = sum(parts)
    if square <= 0.0:
        return Effect(difference, None, None)
    freedom = square**2 / sum(
        part**2 / (len(one) - 1) for part, one in zip(parts, (treated, control), strict=True)
    )
    half = float(stdtrit(freedom, 0.5 + CONFIDENCE / 2.0)) * math.sqrt(square)
    return Effect(difference, difference - half, difference + half)


def newcombe(bought: int, of: int, control_bought: int, control_of: int) -> Effect:
    """Difference of two shares with an interval that also holds for few buyers, and for none.

    Newcombe (1998), "Interval estimation for the difference between independent proportions", Statistics in
    Medicine 17, method 10: from Wilson's interval of each share.
    """
    share, control_share = bought / of, control_bought / control_of
    low, high = _wilson(bought, of)
    control_low, control_high = _wilson(control_bought, control_of)
    difference = share - control_share
    return Effect(
        difference,
        difference - math.hypot(share - low, control_high - control_share),
        difference + math.hypot(high - share, control_share - control_low),
    )


def _wilson(bought: int, of: int) -> tuple[float, float]:
    square = _Z**2
    middle = (bought + square / 2.0) / (of + square)
    half = _Z * math.sqrt(bought * (of - bought) / of + square / 4.0) / (of + square)
    return middle - half, middle + half


@dataclass(frozen=True)
class Adjustment:
    """CUPED: what was known of each customer before the test, shape (n,), arm of each as `codes`."""

    covariate: Floats
    codes: Codes

    def within(self, values: Floats) -> Floats:
        """Values less the mean of their arm, shape (n,)."""
        inside: Floats = values - _means(values, self.codes)[self.codes]
        return inside

    def theta(self, values: Floats) -> float:
        """Slope of `values` on the covariate within arms, the same for all of them; 0 where it is constant."""
        inside = self.within(self.covariate)
        square = float((inside * inside).sum())
        return float((inside * self.within(values)).sum()) / square if square > 0.0 else 0.0

    def correlation(self, values: Floats) -> float:
        """Correlation of `values` and covariate within arms; the variance falls by its square."""
        inside, other = self.within(self.covariate), self.within(values)
        square = float((inside * inside).sum()) * float((other * other).sum())
        return float((inside * other).sum()) / math.sqrt(square) if square > 0.0 else 0.0

    def __call__(self, values: Floats) -> Floats:
        """Values as if all arms had started with the same mean covariate, shape (n,).

        Deng, Xu, Kohavi & Walker (2013), "Improving the sensitivity of online controlled experiments by
        utilizing pre-experiment data", WSDM, section 3.2: y - theta (x - mean x).
        """
        apart: Floats = self.covariate - self.covariate.mean()
        return values - self.theta(values) * apart


def _means(values: Floats, codes: Codes) -> Floats:
    means = np.bincount(codes, weights=values) / np.maximum(np.bincount(codes), 1)
    return np.asarray(means, dtype=np.float64)


def cap(values: Floats, level: float) -> float | None:
    """The `level` quantile of what those who spent anything spent, all arms together; None where nobody did.

    Most customers of a campaign buy nothing: a quantile over all of them would be 0. Returns count by their
    size, so that a large one weighs no more than a large purchase.
    """
    spent = np.abs(values[values != 0.0])
    return float(np.quantile(spent, level)) if len(spent) else None


def sample_ratio(counts: Sequence[int], weights: Sequence[float]) -> dict[str, Any]:
    """Whether arms of `counts` customers can come from a draw with shares in proportion to `weights`.

    Pearson's chi-square; Fabijan et al. (2019), "Diagnosing sample ratio mismatch in online controlled
    experiments", KDD. Answers with the expected counts, `chi_square`, its `freedom` and `p`.
    """
    from scipy.special import chdtrc

    observed, planned = np.asarray(counts, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    expected = planned / planned.sum() * observed.sum()
    square = float(((observed - expected) ** 2 / expected).sum())
    freedom = len(observed) - 1
    return {
        "expected": expected.tolist(),
        "chi_square": square,
        "freedom": freedom,
        "p": float(chdtrc(freedom, square)),
    }
