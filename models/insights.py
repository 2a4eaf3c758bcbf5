"""What stands out in a period: findings from plain numbers, each above a threshold of significance.

A change is told only where luck alone would seldom make it (`SURE` standard errors, 1 in 100 for each kind)
and where it is large enough to matter (`WORTH`). Numbers in, findings out; words are made elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from models.period import Kept, Measures, Part

# Standard errors a change must have: with six kinds of findings, a page about nothing but luck says
# something about one time in twenty.
SURE: Final = 2.6
# Reds, as everywhere else (models.intervals.BEYOND_ERRORS).
SURE_RED: Final = 2.0
# The least change worth a sentence, by kind: relative, or in shares of one.
WORTH: Final = {"revenue": 0.02, "retention": 0.01, "new": 0.05, "cohort": 0.02, "concentration": 0.02}
# Customers on each side of a comparison, below which a normal approximation says little.
ENOUGH: Final = 30
# Days of data there must be before the first of two periods to tell how many customers were new in each: where
# the data begins, everybody looks new.
HISTORY_DAYS: Final = 180
# A top tenth that brings this much is worth knowing, where it is of so many buyers.
CONCENTRATED: Final = 0.4
CONCENTRATION_BUYERS: Final = 100
# Best customers at risk are told where there are so many, with this share of the revenue.
BEST_AT_RISK: Final = 10
BEST_AT_RISK_SHARE: Final = 0.03
EARLIER_COHORTS: Final = 3
MOST: Final = 6
# Within a tone, in this order.
ORDER: Final = ("revenue", "best_at_risk", "retention", "red", "cohort", "new", "concentration")
TONES: Final = ("bad", "good", "neutral")


@dataclass(frozen=True)
class Finding:
    """One thing worth saying: `group` (data.overview.groups) or `link` names exactly `numbers["customers"]` customers.

    `strength` is in standard errors, or a share where nothing is compared.
    """

    key: str
    tone: str
    numbers: dict[str, Any]
    strength: float
    group: str = ""
    link: str = ""
    period: str = field(default="", kw_only=True)


def insights_of(measures: Measures) -> list[dict[str, Any]]:
    """`findings` as JSON values."""
    return [asdict(finding) for finding in findings(measures)]


def findings(measures: Measures) -> tuple[Finding, ...]:
    """What stands out, at most `MOST`: revenue first, then the bad, the good and the rest, in `ORDER`."""
    found = [
        finding
        for finding in (
            _revenue(measures),
            _best_at_risk(measures),
            _retention(measures),
            _red(measures),
            _cohort(measures),
            _new(measures),
            _concentration(measures),
        )
        if finding is not None
    ]
    found.sort(key=lambda one: (one.key != "revenue", TONES.index(one.tone), ORDER.index(one.key)))
    return tuple(found[:MOST])


def proportions_z(now: Kept, before: Kept, spread: float = 1.0) -> float:
    """Standard errors between two shares, pooled; `spread` times the variance of chance alone."""
    pooled = (now.again + before.again) / (now.buyers + before.buyers)
    variance = spread * pooled * (1 - pooled) * (1 / now.buyers + 1 / before.buyers)
    return (now.share - before.share) / math.sqrt(variance) if variance > 0 else 0.0


def _revenue(of: Measures) -> Finding | None:
    """Revenue against the period before: the sum of the customers' differences over its standard error.

    Each customer's difference has mean 0 where both periods follow the same process, and customers are
    independent: z = sum d / sqrt(sum d²), which heavy tails only make smaller.
    """
    if of.revenue_before is None or of.revenue_before <= 0 or of.revenue <= 0:
        return None
    parts = {part.key: part for part in of.parts}
    change, squares = of.revenue - of.revenue_before, sum(part.squares for part in of.parts)
    if squares <= 0 or sum(part.customers for part in of.parts) < ENOUGH:
        return None
    z, relative = change / math.sqrt(squares), change / of.revenue_before
    if abs(z) < SURE or abs(relative) < WORTH["revenue"]:
        return None
    cause = _cause(parts, rose=change > 0)
    if cause is None:
        return None
    other = {"lost": ("new", "returned"), "down": ("up",), "up": ("down",)}.get(cause.key, ("lost",))
    numbers = {
        "revenue": of.revenue,
        "before": of.revenue_before,
        "change": relative,
        "cause": cause.key,
        "customers": cause.customers,
        "amount": abs(cause.amount),
        "other": abs(sum(parts[key].amount for key in other if key in parts)),
    }
    return Finding(
        "revenue",
        "good" if change > 0 else "bad",
        numbers,
        z,
        f"{cause.key}:{of.period}",
        period=of.period,
    )


def _cause(parts: dict[str, Part], *, rose: bool) -> Part | None:
    """The part that made most of a change: of the customers who came and went, or of those who stayed.

    Customers always leave and always come: which of the two sides moved is told by its balance.
    """
    moved = _amount(parts, ("lost", "returned", "new"))
    stayed = _amount(parts, ("down", "up"))
    if rose:
        keys: Sequence[str] = ("new", "returned") if moved >= stayed else ("up",)
    else:
        keys = ("lost",) if moved <= stayed else ("down",)
    sign = 1 if rose else -1
    there = [parts[key] for key in keys if key in parts and parts[key].customers]
    best = max(there, key=lambda part: sign * part.amount, default=None)
    return best if best is not None and sign * best.amount > 0 else None


def _amount(parts: dict[str, Part], keys: Iterable[str]) -> float:
    return sum(parts[key].amount for key in keys if key in parts)


def _retention(of: Measures) -> Finding | None:
    """The share of the buyers of the period before who bought again, against the same one period earlier."""
    now, before = of.kept, of.kept_before
    if now is None or before is None or min(now.buyers, before.buyers) < ENOUGH:
        return None
    z, change = proportions_z(now, before), now.share - before.share
    if abs(z) < SURE or abs(change) < WORTH["retention"]:
        return None
    customers = now.again if change > 0 else now.buyers - now.again
    numbers = {
        "share": now.share,
        "before": before.share,
        "change": change,
        "customers": customers,
        "again": now.again,
        "buyers": now.buyers,
    }
    group = "again" if change > 0 else "not_again"
    return Finding(
        "retention",
        "good" if change > 0 else "bad",
        numbers,
        z,
        f"{group}:{of.period}",
        period=of.period,
    )


def _best_at_risk(of: Measures) -> Finding | None:
    best = of.best_at_risk
    if best is None or of.revenue <= 0 or best.customers < BEST_AT_RISK:
        return None
    share = best.spend / of.revenue
    if share < BEST_AT_RISK_SHARE:
        return None
    numbers = {"customers": best.customers, "of": best.of, "spend": best.spend, "share": min(share, 1.0)}
    return Finding("best_at_risk", "bad", numbers, share, f"top_at_risk:{of.period}", period=of.period)


def _red(of: Measures) -> Finding | None:
    """More customers below their own prediction than luck alone explains."""
    red = of.red
    if red is None or red.error <= 0 or red.customers <= 0:
        return None
    z = (red.customers - red.by_chance) / red.error
    if z <= SURE_RED:
        return None
    numbers = {"customers": red.customers, "by_chance": red.by_chance, "shortfall": red.shortfall}
    return Finding("red", "bad", numbers, z, link="/propensity?performances=under", period=of.period)


def _cohort(of: Measures) -> Finding | None:
    """The newest complete cohort's second purchases against those of the cohorts before it.

    Cohorts differ by more than chance where seasons do: the variance is widened by what the earlier ones show
    (Pearson's dispersion, at least 1; McCullagh & Nelder 1989, 4.5).
    """
    *earlier, newest = of.cohorts or (None,)
    known = [one for one in earlier if one is not None and one.customers > 0]
    if newest is None or newest.customers < ENOUGH or len(known) < EARLIER_COHORTS:
        return None
    before = Kept(sum(one.again for one in known), sum(one.customers for one in known))
    variance = before.share * (1 - before.share)
    if before.buyers < ENOUGH or variance <= 0:
        return None
    scatter = sum((one.again - one.customers * before.share) ** 2 / one.customers for one in known)
    spread = max(1.0, scatter / variance / (len(known) - 1))
    now = Kept(newest.again, newest.customers)
    z, change = proportions_z(now, before, spread), now.share - before.share
    if abs(z) < SURE or abs(change) < WORTH["cohort"]:
        return None
    customers, group = (newest.customers, "cohort") if change > 0 else (newest.once, "cohort_gone")
    if not customers:
        return None
    numbers = {
        "month": newest.month,
        "share": now.share,
        "before": before.share,
        "cohort": newest.customers,
        "customers": customers,
        "cohorts": len(known),
        "days": of.horizon_days,
    }
    return Finding(
        "cohort", "good" if change > 0 else "bad", numbers, z, f"{group}:{newest.month}", period=of.period
    )


def _new(of: Measures) -> Finding | None:
    """Customers won against the period before: two Poisson counts, where earlier customers can be told from new ones."""
    if of.history_days < max(HISTORY_DAYS, of.days or 0):
        return None
    now, before = of.new_customers, of.new_customers_before
    if not now or before is None or min(now, before) < ENOUGH:
        return None
    z, change = (now - before) / math.sqrt(now + before), now / before - 1
    if abs(z) < SURE or abs(change) < WORTH["new"]:
        return None
    numbers = {"customers": now, "before": before, "change": change}
    return Finding("new", "good" if change > 0 else "bad", numbers, z, f"new:{of.period}", period=of.period)


def _concentration(of: Measures) -> Finding | None:
    """What the best tenth bring: told where it is much, or where it moved."""
    top, before = of.top, of.top_before
    if top is None or top.buyers < CONCENTRATION_BUYERS or not 0 < top.share <= 1:
        return None
    z = 0.0
    if before is not None and before.buyers >= CONCENTRATION_BUYERS and 0 < before.share <= 1:
        error = math.hypot(top.error or 0.0, before.error or 0.0)
        z = (top.share - before.share) / error if top.error and before.error else 0.0
    moved = before is not None and abs(z) >= SURE and abs(top.share - before.share) >= WORTH["concentration"]
    if not moved and top.share < CONCENTRATED:
        return None
    numbers: dict[str, Any] = {"customers": top.customers, "buyers": top.buyers, "share": top.share}
    if moved and before is not None:
        numbers["before"] = before.share
    return Finding(
        "concentration", "neutral", numbers, z if moved else top.share, f"top:{of.period}", period=of.period
    )
