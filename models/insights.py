"""What stands out in a period: findings from plain numbers, each above a threshold of significance.

A change is told only where luck alone would seldom make it (`SURE` standard errors) and where it is large enough to
matter (`WORTH`). Numbers in, findings out; words are made elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from models.period import Best, Change, Kept, Measures, Part, proportions_z

# Standard errors a change must have: with seven kinds of changes, a page about nothing but luck says
# something about one time in twenty (0.7 % each).
SURE: Final = 2.7
SURE_RED: Final = 2.0  # As everywhere else (models.intervals.BEYOND_ERRORS).
# The least change worth a sentence, by kind: relative, or in shares of one.
WORTH: Final = {
    "revenue": 0.02, "year": 0.02, "order_value": 0.02, "new": 0.05, "retention": 0.01, "cohort": 0.02,
    "concentration": 0.02,
}  # fmt: skip
# Customers on each side of a comparison, below which a normal approximation says little.
ENOUGH: Final = 30
# Days of data there must be before the first of two periods to tell how many customers were new in each: where
# the data begins, everybody looks new.
HISTORY_DAYS: Final = 180
# A top tenth that brings this much is worth knowing, where it is of so many buyers.
CONCENTRATED: Final = 0.4
CONCENTRATION_BUYERS: Final = 100
# Best customers at risk, or gone, are told where there are so many, with this share of the revenue.
BEST: Final = 10
BEST_SHARE: Final = 0.03
# So many customers who have bought once only are worth knowing, of so many.
ONCE: Final = 0.5
ONCE_CUSTOMERS: Final = 100
EARLIER_COHORTS: Final = 3
MOST: Final = 6
# Within a tone, in this order.
ORDER: Final = (
    "revenue", "year", "best_at_risk", "best_gone", "retention", "red", "cohort", "new", "order_value", "once",
    "concentration",
)  # fmt: skip
TONES: Final = ("bad", "good", "neutral")
# Parts of the bridge that can make a change of revenue, and those against them: by whether it rose, and whether the
# customers who bought in both periods made it.
_SIDES: Final = {
    (True, False): (("new", "returned"), ("lost",)),
    (True, True): (("up",), ("down",)),
    (False, False): (("lost",), ("new", "returned")),
    (False, True): (("down",), ("up",)),
}


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
    """What stands out, at most `MOST`: revenue first, then the bad, the good and the rest, in `ORDER`.

    No two tell of the same customers: the first of them stays.
    """
    new = _new(measures)
    found = [
        finding
        for finding in (
            _revenue(measures, told=() if new is None else ("new",)),
            _year(measures),
            _best(measures, "best_at_risk", measures.best_at_risk, "top_at_risk"),
            _best(measures, "best_gone", measures.best_gone, "top_gone"),
            _retention(measures),
            _red(measures),
            _cohort(measures),
            new,
            _order_value(measures),
            _once(measures),
            _concentration(measures),
        )
        if finding is not None
    ]
    found.sort(key=lambda one: (one.key != "revenue", TONES.index(one.tone), ORDER.index(one.key)))
    told: dict[str, Finding] = {}
    for one in found:
        told.setdefault(one.group or one.link, one)
    return tuple(told.values())[:MOST]


def _changed(
    of: Measures, key: str, numbers: dict[str, Any], z: float, kind: str, which: str = ""
) -> Finding:
    """A change for the better or the worse, made by the group `kind` of the period, or of `which` month."""
    tone = "good" if z > 0 else "bad"
    return Finding(key, tone, numbers, z, f"{kind}:{which or of.period}", period=of.period)


def _sure(change: Change, worth: float) -> bool:
    """Whether a change from something above 0 to something above 0 is worth telling and beyond luck."""
    return min(change.now, change.before) > 0 and abs(change.z) >= SURE and abs(change.relative) >= worth


def _revenue(of: Measures, told: Sequence[str]) -> Finding | None:
    """Revenue against the period before, and the part of the bridge that moved it, other than those `told` already."""
    change = of.revenue_change
    if change is None or sum(part.customers for part in of.parts) < ENOUGH:
        return None
    if not _sure(change, WORTH["revenue"]):
        return None
    parts = {part.key: part for part in of.parts if part.customers}
    rose = change.now > change.before
    # Customers always leave and always come: which side moved, those or the ones who stayed, is told by its balance.
    moved = _amount(parts, ("lost", "returned", "new"))
    stayed = _amount(parts, ("down", "up"))
    keys, others = _SIDES[rose, stayed > moved if rose else stayed < moved]
    sign = 1 if rose else -1
    able = [parts[key] for key in keys if key in parts and sign * parts[key].amount > 0]
    # Where another sentence tells of one side already, this one is of the other.
    cause = max(able, key=lambda part: (part.key not in told, sign * part.amount), default=None)
    if cause is None:
        return None
    numbers = {
        "revenue": change.now,
        "before": change.before,
        "change": change.relative,
        "cause": cause.key,
        "customers": cause.customers,
        "amount": abs(cause.amount),
        "beside": sum(part.amount for part in able if part is not cause),
        "other": abs(_amount(parts, others)),
    }
    return _changed(of, "revenue", numbers, change.z, cause.key)


def _year(of: Measures) -> Finding | None:
    """Revenue against the same days a year earlier, which seasons do not move."""
    change = of.year
    if change is None or of.top is None or min(of.top.buyers, of.year_buyers) < ENOUGH:
        return None
    if not _sure(change, WORTH["year"]):
        return None
    compared = {"change": change.relative, "before": change.before}
    numbers = {**compared, "customers": of.top.buyers, "customers_before": of.year_buyers}
    return _changed(of, "year", numbers, change.z, "bought")


def _order_value(of: Measures) -> Finding | None:
    """Revenue by orders against the period before."""
    change, before = of.order_value, of.top_before
    if change is None or of.top is None or before is None or min(of.top.buyers, before.buyers) < ENOUGH:
        return None
    if not _sure(change, WORTH["order_value"]):
        return None
    numbers = {"value": change.now, "before": change.before, "change": change.relative}
    numbers["customers"] = of.top.buyers
    return _changed(of, "order_value", numbers, change.z, "bought")


def _once(of: Measures) -> Finding | None:
    """Customers with a single order, where they are most of all: a second one is the step that most leave out."""
    if of.top is None or of.top.buyers < ONCE_CUSTOMERS or of.once < ONCE * of.top.buyers:
        return None
    share = of.once / of.top.buyers
    numbers = {"customers": of.once, "of": of.top.buyers, "share": share}
    return Finding("once", "neutral", numbers, share, f"once:{of.period}", period=of.period)


def _amount(parts: dict[str, Part], keys: Iterable[str]) -> float:
    return sum(parts[key].amount for key in keys if key in parts)


def _retention(of: Measures) -> Finding | None:
    """The share of the buyers of the period before who bought again, against the same one period earlier."""
    now, before = of.kept, of.kept_before
    if now is None or before is None or min(now.buyers, before.buyers) < ENOUGH:
        return None
    # Where the data begins most buyers are new, and new customers come back less often.
    if of.days is None or of.history_days < 2 * of.days:
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
    return _changed(of, "retention", numbers, z, "again" if change > 0 else "not_again")


def _best(of: Measures, key: str, best: Best | None, kind: str) -> Finding | None:
    """Best customers who may stay away, or do already, where they are many and weigh in the revenue."""
    if best is None or of.revenue <= 0 or best.customers < BEST:
        return None
    share = best.spend / of.revenue
    if share < BEST_SHARE:
        return None
    numbers = {"customers": best.customers, "of": best.of, "spend": best.spend, "share": min(share, 1.0)}
    return Finding(key, "bad", numbers, share, f"{kind}:{of.period}", period=of.period)


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
        "days": of.horizon_days,
    }
    return _changed(of, "cohort", numbers, z, group, newest.month)


def _new(of: Measures) -> Finding | None:
    """Customers won against the period before: two Poisson counts, where earlier customers can be told from new ones."""
    if of.history_days < max(HISTORY_DAYS, of.days or 0):
        return None
    now, before = of.new_customers, of.new_customers_before
    if now is None or before is None or min(now, before) < ENOUGH:
        return None
    change = Change(now, before, math.sqrt(now + before))
    if not _sure(change, WORTH["new"]):
        return None
    numbers = {"customers": now, "before": before, "change": change.relative}
    return _changed(of, "new", numbers, change.z, "new")


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
    strength = z if moved else top.share
    return Finding("concentration", "neutral", numbers, strength, f"top:{of.period}", period=of.period)
