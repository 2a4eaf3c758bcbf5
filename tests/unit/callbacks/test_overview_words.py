from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from callbacks.facts import Facts
from callbacks.filters import read_filter
from callbacks.overview_words import ICONS, Sentence, group_href, sentence
from data.overview.groups import Group
from data.queries import CustomerFilter
from models.insights import ORDER, insights_of
from models.period import Best, Change, Cohort, Kept, Measures, Part, Red, Top

FACTS = Facts("a-1", "Shop", 90, dt.date(2025, 10, 2), dt.date(2025, 12, 31), "USD", None)
LOST = (Part("lost", -9100.0, 312), Part("new", 2500.0, 101))
FELL = Measures("90", 90, 90, revenue=48_200.0, revenue_change=Change(48_200.0, 54_800.0, 900.0), parts=LOST)
QUIET = replace(FELL, revenue_change=None, parts=(), history_days=365)
BOUGHT = replace(QUIET, top=Top(21, 210, 0.3), top_before=Top(20, 200, 0.3))
COHORTS = tuple(Cohort(f"2025-0{month}", 500, 150, 250) for month in range(1, 5))


def said(measures: Measures, facts: Facts = FACTS) -> Sentence:
    found = insights_of(measures)
    assert len(found) == 1, found
    return sentence(found[0], facts)


def test_revenue_that_fell() -> None:
    told = said(FELL)
    assert told.text == (
        "Revenue of the last 90 days fell by 12 % to $48,200: 312 customers of the 90 days before did not come back, "
        "which cost $9,100; new and returning ones brought $2,500."
    )
    assert told.icon == "graph-down-arrow"
    assert told.link_text == "See these 312 customers"
    assert told.href == "/propensity?window=next&group=lost:90&analysis=a-1"


@pytest.mark.parametrize(
    ("parts", "revenue", "text"),
    [
        (
            (Part("down", -7000.0, 1204), Part("up", 400.0, 100)),
            48_200.0,
            "fell by 12 % to $48,200: 1,204 customers spent less than in the 90 days before, $7,000 in all; those who "
            "spent more made up $400 of it.",
        ),
        (
            (Part("up", 7000.0, 1204), Part("down", -400.0, 100)),
            61_400.0,
            "rose by 12 % to $61,400: 1,204 customers spent as much as in the 90 days before or more, $7,000 more in "
            "all; those who spent less took $400 of it.",
        ),
        (
            (Part("new", 9000.0, 204), Part("lost", -2400.0, 100)),
            61_400.0,
            "rose by 12 % to $61,400: 204 customers bought for the first time and brought $9,000, while $2,400 went "
            "with those who stayed away.",
        ),
        (
            (Part("new", 700.0, 20), Part("returned", 9000.0, 204), Part("lost", -2400.0, 100)),
            219_200.0,
            "rose to $219,200, 4.0 times that of the period before: 204 customers came back after a pause and brought "
            "$9,000, new ones $700, while $2,400 went with those who stayed away.",
        ),
        (
            (Part("new", 9000.0, 204), Part("returned", 700.0, 20), Part("lost", -2400.0, 100)),
            61_400.0,
            "rose by 12 % to $61,400: 204 customers bought for the first time and brought $9,000, returning ones $700, "
            "while $2,400 went with those who stayed away.",
        ),
    ],
)
def test_revenue_by_its_cause(parts: tuple[Part, ...], revenue: float, text: str) -> None:
    of = replace(FELL, revenue_change=Change(revenue, 54_800.0, 900.0), parts=parts)
    assert said(of).text == f"Revenue of the last 90 days {text}"


def test_the_other_findings() -> None:
    kept = replace(QUIET, period="180", kept=Kept(280, 1000), kept_before=Kept(340, 1000))
    told = said(kept)
    assert told.text == (
        "Of the 1,000 customers who bought in the 6 months before, 280 or 28 % bought again in the last 6 months, down from "
        "34 % one period earlier. 720 have not come back."
    )
    assert told.link_text == "See these 720 customers"
    assert said(replace(kept, kept=Kept(400, 1000))).text.endswith(", up from 34 % one period earlier.")
    assert said(replace(QUIET, best_at_risk=Best(41, 210, 12_300.0))).text == (
        "41 of the 210 best customers of the last 90 days are likelier than not to buy nothing in the next 90 days. "
        "They brought $12,300, 26 % of the revenue."
    )
    assert said(Measures("all", None, 90, 47_000.0, best_gone=Best(41, 210, 12_300.0))).text == (
        "41 of the 210 best customers of all time have bought nothing in the last 12 months. They had brought $12,300, "
        "26 % of the revenue."
    )
    assert said(Measures("all", None, 90, 47_000.0, top=Top(21, 210, 0.3), once=120)).text == (
        "120 of the 210 customers, 57 %, have bought only once."
    )
    red = said(replace(QUIET, red=Red(130, 99.6, 10.0, 5200.0)))
    assert red.text == (
        "130 customers spent $5,200 less than predicted of them from 3 Oct 2025 to 31 Dec 2025. Chance alone would "
        "make about 100 of them red: contact them first."
    )
    assert red.href == "/propensity?performances=under&analysis=a-1"
    assert said(replace(QUIET, cohorts=(*COHORTS, Cohort("2025-05", 500, 100, 320)))).text == (
        "Of the 500 customers who first bought in May 2025, 20 % bought again within 90 days, against 30 % of those "
        "who first bought in the months before. 320 have bought only once so far."
    )
    assert said(replace(QUIET, cohorts=(*COHORTS, Cohort("2025-05", 500, 200, 1)))).text.endswith(
        "who first bought in the months before."
    )
    assert said(replace(QUIET, new_customers=250, new_customers_before=180)).text == (
        "250 customers bought for the first time in the last 90 days, 39 % more than in the 90 days before."
    )
    assert "3.5 times as many as in" in said(replace(QUIET, new_customers=630, new_customers_before=180)).text
    assert "33 % fewer than in" in said(replace(QUIET, new_customers=120, new_customers_before=180)).text
    assert said(replace(QUIET, period="all", top=Top(20, 200, 0.45))).text == (
        "The best tenth of the customers, 20 of the 200, brought 45 % of the revenue."
    )
    moved = replace(QUIET, top=Top(20, 200, 0.39, 0.002), top_before=Top(20, 200, 0.33, 0.002))
    assert said(moved).text == (
        "The best tenth of the customers, 20 of the 200 who bought in the last 90 days, brought 39 % of the revenue, "
        "up from 33 % in the 90 days before."
    )


@pytest.mark.parametrize(
    ("before", "moved"),
    [
        (42_000.0, "up by 15 % from $42,000"),
        (60_000.0, "down by 20 % from $60,000"),
        (12_050.0, "4.0 times the $12,050 of then"),
    ],
)
def test_revenue_against_a_year_earlier(before: float, moved: str) -> None:
    told = said(replace(BOUGHT, year=Change(48_200.0, before, 900.0), year_buyers=1180))
    assert told.text == (
        f"Against the same days a year earlier, revenue of the last 90 days is {moved}: 210 customers bought, against "
        "1,180 then."
    )
    assert told.href == "/propensity?window=next&group=bought:90&analysis=a-1"


@pytest.mark.parametrize(
    ("before", "moved"),
    [(30.0, "up by 27 % from $30"), (40.25, "down by 5 % from $40.25"), (9.55, "4.0 times the $9.55")],
)
def test_an_average_order_value_that_moved(before: float, moved: str) -> None:
    told = said(replace(BOUGHT, order_value=Change(38.2, before, 0.5)))
    assert told.text == (
        f"The average order value of the last 90 days was $38.20, {moved} in the 90 days before; 210 customers bought."
    )


def every_finding() -> list[dict[str, Any]]:
    """One finding of each kind."""
    everything = (
        FELL,
        replace(QUIET, kept=Kept(280, 1000), kept_before=Kept(340, 1000)),
        replace(QUIET, best_at_risk=Best(41, 210, 12_300.0)),
        Measures("all", None, 90, 47_000.0, best_gone=Best(41, 210, 12_300.0)),
        Measures("all", None, 90, 47_000.0, top=Top(21, 210, 0.3), once=120),
        replace(BOUGHT, year=Change(48_200.0, 42_000.0, 900.0), year_buyers=1180),
        replace(BOUGHT, order_value=Change(38.2, 30.0, 0.5)),
        replace(QUIET, red=Red(130, 99.6, 10.0, 5200.0)),
        replace(QUIET, cohorts=(*COHORTS, Cohort("2025-05", 500, 100, 320))),
        replace(QUIET, new_customers=250, new_customers_before=180),
        replace(QUIET, top=Top(20, 200, 0.45)),
    )
    return [finding for measures in everything for finding in insights_of(measures)]


def test_every_finding_has_words_and_leads_to_a_list_of_as_many_as_it_says() -> None:
    found = every_finding()
    assert {one["key"] for one in found} == set(ORDER) == set(ICONS)
    for one in found:
        told = sentence(one, FACTS)
        address = urlsplit(told.href)
        params = {name: values[0] for name, values in parse_qs(address.query).items()}
        assert (address.path, params["analysis"]) == ("/propensity", "a-1")
        chosen = read_filter(params)
        if one["group"]:
            assert chosen == CustomerFilter(window="next", group=one["group"])
            assert Group.of(chosen.group).text == one["group"]
        else:
            assert chosen == CustomerFilter(performances=("under",))
        count = f"{one['numbers']['customers']:,}"
        assert told.link_text == f"See these {count} customers"
        assert re.search(rf"\b{count}\b", told.text), told.text
        assert told.text.endswith(".")
        assert not re.search(r"\bnan\b|None|  |z-score|signific|p-value|cohort", told.text), told.text


def test_one_customer_is_not_these() -> None:
    alone = replace(FELL, parts=(Part("lost", -9100.0, 1), Part("new", 2500.0, 101)))
    assert said(alone).link_text == "See this customer"


def test_an_amount_without_a_currency_has_no_sign() -> None:
    assert "to 48,200:" in said(FELL, replace(FACTS, currency=None)).text


def test_an_address_of_a_group_is_read_back() -> None:
    address = group_href("cohort:2025-Q1", "a b&c")
    assert parse_qs(urlsplit(address).query) == {
        "window": ["next"],
        "group": ["cohort:2025-Q1"],
        "analysis": ["a b&c"],
    }
