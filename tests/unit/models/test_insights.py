from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.insights import MOST, ORDER, SURE, Finding, findings, insights_of
from models.period import (
    Best,
    Change,
    Cohort,
    Kept,
    Measures,
    Part,
    Red,
    Top,
    difference,
    ratio_difference,
    share_error,
)

Floats = NDArray[np.float64]

QUIET = Measures("90", 90, 90, revenue=1000.0, history_days=365)
PERIODS = 3  # the period, the one before, and the one before that


def only(measures: Measures) -> Finding:
    found = findings(measures)
    assert len(found) == 1, found
    return found[0]


def bridge(before: float, **amounts: tuple[float, int]) -> Measures:
    """Revenue that parts of customers moved who all spent the same amount more or less."""
    parts = tuple(Part(key, amount, customers) for key, (amount, customers) in amounts.items())
    now = before + sum(part.amount for part in parts)
    error = math.sqrt(sum(part.amount**2 / part.customers for part in parts))
    return replace(QUIET, revenue=now, revenue_change=Change(now, before, error), parts=parts)


def test_nothing_to_say_says_nothing() -> None:
    assert findings(QUIET) == ()
    assert insights_of(QUIET) == []
    whole = Measures(
        "all", None, 90, revenue=0.0, top=Top(0, 0, 0.0), kept=Kept(0, 0), kept_before=Kept(0, 0)
    )
    assert findings(whole) == ()
    assert findings(bridge(-9.0, lost=(4.0, 100))) == ()
    assert findings(bridge(100.0, lost=(-4000.0, 400))) == ()


def test_revenue_is_told_beyond_its_standard_error_only() -> None:
    """400 lost at 10 each and 300 new at 10 each: z = -1000 / sqrt(700 * 100) = -3.78."""
    found = only(bridge(10_000.0, lost=(-4000.0, 400), new=(3000.0, 300)))
    assert (found.key, found.tone, found.group) == ("revenue", "bad", "lost:90")
    assert found.strength == pytest.approx(-1000 / math.sqrt(70_000))
    assert found.numbers == {
        "revenue": 9000.0,
        "before": 10_000.0,
        "change": pytest.approx(-0.1),
        "cause": "lost",
        "customers": 400,
        "amount": 4000.0,
        "beside": 0,
        "other": 3000.0,
    }
    # The same sums by a few large customers are luck: z = -1000 / sqrt(7 * 1000²).
    assert findings(bridge(10_000.0, lost=(-4000.0, 4), new=(3000.0, 3))) == ()
    assert findings(bridge(10_000.0, lost=(-4000.0, 40), new=(3000.0, 30))) == ()
    # Sure, but too small to matter: 1 %.
    assert findings(bridge(100_000.0, lost=(-4000.0, 400), new=(3000.0, 300))) == ()


def test_revenue_names_the_side_that_moved() -> None:
    """Customers always leave and always come; where the two balance, those who stayed made the change."""
    found = only(
        bridge(20_000.0, lost=(-5000.0, 500), new=(5000.0, 500), down=(-3000.0, 300), up=(1000.0, 100))
    )
    assert (found.group, found.numbers["customers"], found.numbers["other"]) == ("down:90", 300, 1000.0)
    assert only(bridge(20_000.0, lost=(-1000.0, 100), new=(2000.0, 200), up=(900.0, 90))).group == "new:90"
    back = only(bridge(20_000.0, lost=(-1000.0, 100), new=(500.0, 50), returned=(2500.0, 250)))
    assert (back.group, back.numbers["beside"], back.numbers["other"]) == ("returned:90", 500.0, 1000.0)
    up = only(bridge(20_000.0, lost=(-1000.0, 100), new=(1000.0, 100), up=(3000.0, 300), down=(-1000.0, 100)))
    assert (up.group, up.tone, up.numbers["other"]) == ("up:90", "good", 1000.0)


def test_no_two_findings_tell_of_the_same_customers() -> None:
    won = replace(
        bridge(20_000.0, lost=(-1000.0, 100), new=(2500.0, 250), returned=(500.0, 50)),
        new_customers=250,
        new_customers_before=180,
    )
    assert [one.group for one in findings(won)] == ["returned:90", "new:90"]
    # Nobody else made it: one sentence, of the revenue.
    alone = replace(won, parts=tuple(part for part in won.parts if part.key != "returned"))
    assert [(one.key, one.group) for one in findings(alone)] == [("revenue", "new:90")]
    dear = replace(
        QUIET,
        year=Change(1000.0, 500.0, 100.0),
        year_buyers=50,
        order_value=Change(20.0, 15.0, 1.0),
        top=Top(6, 60, 0.3),
        top_before=Top(6, 60, 0.3),
    )
    assert [(one.key, one.group) for one in findings(dear)] == [("year", "bought:90")]


def test_revenue_against_a_year_earlier() -> None:
    of = replace(QUIET, year=Change(1000.0, 1200.0, 50.0), year_buyers=80, top=Top(6, 60, 0.3))
    found = only(of)
    assert (found.key, found.tone, found.group, found.strength) == ("year", "bad", "bought:90", -4.0)
    assert found.numbers == {
        "change": pytest.approx(-1 / 6),
        "before": 1200.0,
        "customers": 60,
        "customers_before": 80,
    }
    assert only(replace(of, year=Change(1000.0, 800.0, 50.0))).tone == "good"
    assert findings(replace(of, year=Change(1000.0, 1130.0, 50.0))) == ()
    assert findings(replace(of, year=Change(1000.0, 1010.0, 1.0))) == ()
    assert findings(replace(of, year_buyers=29)) == ()
    assert findings(replace(of, year=Change(1000.0, -5.0, 50.0))) == ()


def test_the_average_order_value_is_told_where_it_moved() -> None:
    of = replace(QUIET, order_value=Change(22.0, 20.0, 0.5), top=Top(6, 60, 0.3), top_before=Top(6, 60, 0.3))
    found = only(of)
    assert (found.key, found.tone, found.group, found.strength) == ("order_value", "good", "bought:90", 4.0)
    assert found.numbers == {"value": 22.0, "before": 20.0, "change": pytest.approx(0.1), "customers": 60}
    assert only(replace(of, order_value=Change(18.0, 20.0, 0.5))).tone == "bad"
    assert findings(replace(of, order_value=Change(22.0, 20.0, 0.8))) == ()
    assert findings(replace(of, order_value=Change(20.2, 20.0, 0.01))) == ()
    assert findings(replace(of, top_before=Top(2, 29, 0.3))) == ()


def test_customers_who_bought_once_only_are_told_where_they_are_most() -> None:
    of = Measures("all", None, 90, revenue=1000.0, top=Top(20, 200, 0.3), once=100)
    found = only(of)
    assert (found.group, found.tone, found.strength) == ("once:all", "neutral", 0.5)
    assert found.numbers == {"customers": 100, "of": 200, "share": 0.5}
    assert findings(replace(of, once=99)) == ()
    assert findings(replace(of, once=80, top=Top(9, 90, 0.3))) == ()


def test_retention_compares_two_shares() -> None:
    of = replace(QUIET, kept=Kept(280, 1000), kept_before=Kept(340, 1000))
    found = only(of)
    # Pooled share 0.31: z = -0.06 / sqrt(0.31 * 0.69 * 2 / 1000).
    assert found.strength == pytest.approx(-0.06 / math.sqrt(0.31 * 0.69 * 0.002))
    assert (found.tone, found.group, found.numbers["customers"]) == ("bad", "not_again:90", 720)
    better = only(replace(of, kept=Kept(400, 1000)))
    assert (better.tone, better.group, better.numbers["customers"]) == ("good", "again:90", 400)
    assert findings(replace(of, kept=Kept(310, 1000))) == ()
    assert findings(replace(of, kept=Kept(0, 20))) == ()
    assert findings(replace(of, kept_before=None)) == ()
    # Where the data begins most buyers are new.
    assert findings(replace(of, history_days=179)) == ()
    assert only(replace(of, history_days=180)).key == "retention"


def test_best_customers_at_risk_are_told_where_they_weigh() -> None:
    of = replace(QUIET, best_at_risk=Best(10, 40, 30.0))
    found = only(of)
    assert (found.group, found.tone, found.strength) == ("top_at_risk:90", "bad", 0.03)
    assert findings(replace(of, best_at_risk=Best(9, 40, 300.0))) == ()
    assert findings(replace(of, best_at_risk=Best(10, 40, 29.0))) == ()
    gone = only(Measures("all", None, 90, revenue=1000.0, best_gone=Best(12, 40, 50.0)))
    assert (gone.key, gone.group, gone.strength) == ("best_gone", "top_gone:all", 0.05)
    assert gone.numbers == {"customers": 12, "of": 40, "spend": 50.0, "share": 0.05}


def test_reds_are_told_beyond_chance_only() -> None:
    found = only(replace(QUIET, red=Red(130, 100.0, 10.0, 500.0)))
    assert (found.link, found.group, found.strength) == ("/propensity?performances=under", "", 3.0)
    assert findings(replace(QUIET, red=Red(120, 100.0, 10.0, 500.0))) == ()
    assert findings(replace(QUIET, red=Red(5, 0.0, 0.0, 500.0))) == ()


def test_the_newest_cohort_is_held_against_those_before_it() -> None:
    before = tuple(Cohort(f"2025-0{month}", 500, 150, 250) for month in range(1, 5))
    of = replace(QUIET, cohorts=(*before, Cohort("2025-05", 500, 100, 320)))
    worse = only(of)
    assert (worse.tone, worse.group, worse.numbers["customers"]) == ("bad", "cohort_gone:2025-05", 320)
    assert (worse.numbers["share"], worse.numbers["before"]) == (0.2, 0.3)
    better = only(replace(of, cohorts=(*before, Cohort("2025-05", 500, 200, 250))))
    assert (better.tone, better.group, better.numbers["customers"]) == ("good", "cohort:2025-05", 500)
    assert findings(replace(of, cohorts=(*before, Cohort("2025-05", 500, 150, 250)))) == ()
    assert findings(replace(of, cohorts=of.cohorts[-3:])) == ()
    # Where cohorts have always differed as much, one more difference says nothing.
    wild = tuple(
        Cohort(f"2025-0{month}", 500, again, 250) for month, again in enumerate((90, 210, 100, 200), start=1)
    )
    assert findings(replace(of, cohorts=(*wild, Cohort("2025-05", 500, 100, 320)))) == ()


def test_new_customers_are_two_counts() -> None:
    of = replace(QUIET, new_customers=250, new_customers_before=180)
    found = only(of)
    assert (found.tone, found.group) == ("good", "new:90")
    assert found.strength == pytest.approx(70 / math.sqrt(430))
    assert only(replace(of, new_customers=120)).tone == "bad"
    assert findings(replace(of, new_customers=200)) == ()
    assert findings(replace(of, new_customers=29)) == ()


def test_where_the_data_begins_everybody_looks_new() -> None:
    of = replace(QUIET, new_customers=250, new_customers_before=500, history_days=179)
    assert findings(of) == ()
    assert only(replace(of, history_days=180)).group == "new:90"
    year = replace(of, period="365", days=365, history_days=364)
    assert findings(year) == ()
    assert only(replace(year, history_days=365)).group == "new:365"


def test_concentration_is_told_where_it_is_high_or_moved() -> None:
    high = only(replace(QUIET, top=Top(20, 200, 0.45)))
    assert (high.group, high.tone, high.numbers) == (
        "top:90",
        "neutral",
        {"customers": 20, "buyers": 200, "share": 0.45},
    )
    assert findings(replace(QUIET, top=Top(9, 90, 0.45))) == ()
    assert findings(replace(QUIET, top=Top(20, 200, 0.39))) == ()
    moved = only(replace(QUIET, top=Top(20, 200, 0.39, 0.01), top_before=Top(20, 200, 0.33, 0.01)))
    assert moved.numbers["before"] == 0.33
    assert moved.strength == pytest.approx(0.06 / math.sqrt(0.0002))
    assert findings(replace(QUIET, top=Top(20, 200, 0.39, 0.03), top_before=Top(20, 200, 0.33, 0.03))) == ()
    assert findings(replace(QUIET, top=Top(20, 200, 1.2))) == ()


def test_at_most_six_and_the_most_important_first() -> None:
    everything = replace(
        bridge(10_000.0, lost=(-4000.0, 400), new=(3000.0, 300)),
        kept=Kept(400, 1000),
        kept_before=Kept(340, 1000),
        best_at_risk=Best(10, 40, 3000.0),
        red=Red(130, 100.0, 10.0, 500.0),
        cohorts=(
            *(Cohort(f"2025-0{month}", 500, 150, 250) for month in range(1, 5)),
            Cohort("2025-05", 500, 100, 320),
        ),
        new_customers=250,
        new_customers_before=180,
        history_days=365,
        top=Top(20, 200, 0.45),
    )
    found = findings(everything)
    assert [one.key for one in found] == ["revenue", "best_at_risk", "red", "cohort", "retention", "new"]
    assert len(found) == MOST
    assert {one.period for one in found} == {"90"}


def test_the_error_of_a_share_is_that_of_many_draws() -> None:
    draw = np.random.default_rng(5)
    samples = draw.lognormal(3.0, 1.0, (1500, 800))
    shares = np.sort(samples, axis=1)[:, -80:].sum(axis=1) / samples.sum(axis=1)
    told = np.mean([share_error(row, 80) or 0.0 for row in samples[:300]])
    assert told == pytest.approx(shares.std(), rel=0.12)
    assert share_error(np.array([1.0, 2.0]), 0) is None
    assert share_error(np.array([-1.0, -2.0]), 1) is None
    # Everybody the same: no doubt about the share.
    assert share_error(np.full(50, 7.0), 5) == pytest.approx(0.0, abs=1e-12)


def products(*columns: Floats) -> Floats:
    """Sums over customers of the products of what they did."""
    stacked = np.stack(columns)
    return stacked @ stacked.T


def test_errors_of_differences_are_those_of_many_draws() -> None:
    """Customers whose orders and amounts hang together, in two periods of the same process."""
    rng = np.random.default_rng(8)
    sums, values = [], []
    for _ in range(600):
        spent, orders = draws(rng, 400)
        now, before = spent[:, 0], spent[:, 1]
        sums.append(difference(now.sum(), before.sum(), products(now, before)))
        moments = products(now, before, orders[:, 0], orders[:, 1])
        value = ratio_difference((now.sum(), orders[:, 0].sum()), (before.sum(), orders[:, 1].sum()), moments)
        assert value is not None
        values.append(value)
    for found in (sums, values):
        differences = np.array([one.now - one.before for one in found])
        assert np.mean([one.error for one in found]) == pytest.approx(differences.std(), rel=0.1)
    by_hand = now - before
    assert sums[-1].error == pytest.approx(math.sqrt((by_hand**2).sum()))
    assert sums[-1].z == pytest.approx(by_hand.sum() / math.sqrt((by_hand**2).sum()))
    totals = spent.sum(axis=0), orders.sum(axis=0)
    mean = totals[0] / totals[1]
    residual = (spent - mean * orders) / totals[1]
    assert values[-1].now == pytest.approx(mean[0])
    assert values[-1].error == pytest.approx(math.sqrt(((residual[:, 0] - residual[:, 1]) ** 2).sum()))
    assert ratio_difference((5.0, 0.0), (5.0, 1.0), np.zeros((4, 4))) is None
    assert Change(2.0, 1.0, 0.0).z == 0.0


# What luck alone says.


def draws(
    rng: np.random.Generator, customers: int, factor: tuple[float, ...] = (1.0, 1.0)
) -> tuple[Floats, Floats]:
    """(net, orders) of each customer in each period: rates and order values differ widely between customers.

    `factor` scales the rate in each period.
    """
    rate = rng.gamma(0.6, 1.0, customers)
    value = rng.lognormal(3.0, 0.8, customers)
    orders = rng.poisson(rate[:, None] * np.array(factor)).astype(np.float64)
    return np.where(orders > 0, rng.gamma(np.maximum(orders, 1) * 2.0, value[:, None] / 2.0), 0.0), orders


def measured(
    rng: np.random.Generator,
    factor: tuple[float, ...],
    newest: float = 0.25,
    red: float = 200.0,
    dearer: float = 1.0,
) -> Measures:
    """The measures of 1,500 customers in four periods: a year earlier, and three in a row.

    `newest` is the chance that one of the newest cohort buys again, `dearer` the worth of the last period's orders.
    """
    spent, orders = draws(rng, 1500, (1.0, *factor))
    spent[:, -1] *= dearer
    year, oldest, before, now = spent.T
    change = now - before
    where = {
        "lost": (before > 0) & (now == 0),
        "down": (before > 0) & (now > 0) & (change < 0),
        "up": (before > 0) & (now > 0) & (change >= 0),
        "returned": (before == 0) & (now > 0) & (oldest > 0),
        "new": (before == 0) & (now > 0) & (oldest == 0),
    }
    parts = tuple(Part(key, float(change[who].sum()), int(who.sum())) for key, who in where.items())

    def top(of: Floats) -> Top:
        bought = of[of > 0]
        best = max(1, len(bought) // 10)
        share = float(np.sort(bought)[-best:].sum() / bought.sum())
        return Top(best, len(bought), share, share_error(bought, best))

    def kept(first: Floats, then: Floats) -> Kept:
        return Kept(int(((first > 0) & (then > 0)).sum()), int((first > 0).sum()))

    sizes = rng.poisson(300, 9)
    chances = np.array([0.25] * 8 + [newest])
    cohorts = tuple(
        Cohort(f"2025-{month:02d}", int(size), int(again), int(size - again))
        for month, (size, again) in enumerate(zip(sizes, rng.binomial(sizes, chances), strict=True), start=1)
    )
    new = (rng.poisson(200), rng.poisson(200))
    totals = orders.sum(axis=0)
    return Measures(
        "90",
        90,
        90,
        revenue=float(now.sum()),
        revenue_change=difference(now.sum(), before.sum(), products(now, before)),
        order_value=ratio_difference(
            (now.sum(), totals[3]),
            (before.sum(), totals[2]),
            products(now, before, orders[:, 3], orders[:, 2]),
        ),
        year=difference(now.sum(), year.sum(), products(now, year)),
        year_buyers=int((year > 0).sum()),
        parts=parts,
        kept=kept(before, now),
        kept_before=kept(oldest, before),
        top=top(now),
        top_before=top(before),
        red=Red(int(rng.poisson(red)), 200.0, math.sqrt(200.0), 100.0),
        cohorts=cohorts,
        new_customers=int(new[0]),
        new_customers_before=int(new[1]),
        history_days=365,
    )


def told(times: int, factor: tuple[float, ...] = (1.0,) * PERIODS, **more: Any) -> Counter[str]:
    """How often each kind of a change was told in `times` shops; "pages" that told any but reds."""
    rng = np.random.default_rng(11)
    counted: Counter[str] = Counter()
    for _ in range(times):
        # A high concentration is no change.
        changes = [
            one.key
            for one in findings(measured(rng, factor, **more))
            if one.key != "concentration" or "before" in one.numbers
        ]
        counted.update(changes)
        counted["pages"] += bool(set(changes) - {"red"})
    return counted


def test_luck_alone_seldom_says_anything() -> None:
    """The same process in all periods: at most 2 % of pages for each kind, 6 % for all, and reds at their own 2.3 %."""
    times = 1000
    counted = told(times)
    assert set(counted) <= {*ORDER, "pages"}
    for key in ("revenue", "year", "order_value", "retention", "cohort", "new", "concentration"):
        assert counted[key] <= 0.02 * times, counted
    assert counted["red"] <= 0.05 * times
    assert counted["pages"] <= 0.06 * times, counted
    # The thresholds are not so high that nothing could pass them.
    assert SURE < 3
    assert counted["pages"] > 0


@pytest.mark.parametrize(
    ("key", "factor", "more"),
    [
        ("revenue", (1.0, 1.0, 0.6), {}),
        ("year", (1.0, 1.0, 0.6), {}),
        ("retention", (1.0, 1.0, 0.6), {}),
        ("order_value", (1.0, 1.0, 0.7), {"dearer": 1.4}),
        ("cohort", (1.0,) * PERIODS, {"newest": 0.12}),
        ("red", (1.0,) * PERIODS, {"red": 260.0}),
    ],
)
def test_a_planted_change_is_found(key: str, factor: tuple[float, ...], more: dict[str, float]) -> None:
    times = 60
    assert told(times, factor, **more)[key] >= 0.9 * times
