"""The overview tells numbers of customers; the list behind each has exactly as many, and the right ones."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb

from callbacks.facts import Facts
from callbacks.overview_words import group_href, sentence
from data.queries import CustomerFilter
from tests.overview_shops import Shop, shop

__all__ = ["shop"]

CHANGES = ("lost", "down", "up", "returned", "new")
# Who it is, by plain SQL over the lines: `bought` is a purchase, `n` a line in the period, `b` one in the period before.
BY_HAND = {
    "lost": "b > 0 AND n = 0",
    # Who sent something back before ever buying is new all the same.
    "new": "first_bought >= $start",
    "returned": "b = 0 AND n > 0 AND first_bought < $start",
    "bought": "n_bought > 0",
    "again": "n_bought > 0 AND b_bought > 0",
    "not_again": "n_bought = 0 AND b_bought > 0",
}


def test_every_finding_leads_to_as_many_customers_as_it_tells(shop: Shop) -> None:
    facts = Facts.of(shop.services, shop.analysis_id)
    found: list[dict[str, Any]] = []
    for key, _label in shop.overview.keys:
        insights = shop.overview.board(key)["insights"]
        assert len(insights) <= 6
        for finding in insights:
            told = sentence(finding, facts)
            customers = finding["numbers"]["customers"]
            assert shop.listed(told.href) == customers > 0, (key, finding)
            assert f"{customers:,}" in told.text
            found.append(finding)
    assert found


def test_every_part_of_the_bridge_has_its_list(shop: Shop) -> None:
    compared = 0
    for key, _label in shop.overview.keys:
        bridge = shop.overview.board(key)["bridge"]
        for part in bridge["parts"] if bridge else ():
            assert shop.listed(group_href(part["group"], shop.analysis_id)) == part["customers"], (key, part)
            compared += 1
    assert compared >= len(CHANGES)


def test_cohorts_and_best_customers_have_their_lists(shop: Shop) -> None:
    rows = shop.overview.cohorts["rows"]
    assert rows
    for row in rows:
        assert shop.listed(group_href(row["group"], shop.analysis_id)) == row["customers"], row
    # Everybody once bought for the first time.
    assert sum(row["customers"] for row in rows) == shop.queries.customers["next"]
    for key, _label in shop.overview.keys:
        share = shop.overview.board(key)["concentration"]
        if share:
            assert shop.listed(group_href(share["group"], shop.analysis_id)) == share["top_customers"]


def test_lists_hold_the_customers_that_plain_sql_finds(shop: Shop) -> None:
    end = shop.services.analysis(shop.analysis_id).manifest["last_date"]
    last = dt.date.fromisoformat(end)
    start, before = last - dt.timedelta(days=89), last - dt.timedelta(days=179)
    bought = "amount > 0 AND (quantity IS NULL OR quantity > 0)"
    told = (
        "SELECT customer_id, count(*) FILTER (WHERE day >= $start) AS n,"
        " count(*) FILTER (WHERE day >= $before AND day < $start) AS b,"
        f" count(*) FILTER (WHERE day >= $start AND {bought}) AS n_bought,"
        f" count(*) FILTER (WHERE day >= $before AND day < $start AND {bought}) AS b_bought,"
        f" min(day) FILTER (WHERE {bought}) AS first_bought FROM {shop.lines} GROUP BY customer_id"
    )
    for kind, condition in BY_HAND.items():
        rows = duckdb.execute(
            f"SELECT customer_id FROM ({told}) WHERE first_bought IS NOT NULL AND {condition}",
            {"start": start, "before": before},
        ).fetchall()
        chosen = CustomerFilter(window="next", group=f"{kind}:90")
        listed = [name for batch in shop.queries.export(chosen) for name in batch.column(0).to_pylist()]
        assert sorted(listed) == sorted(row[0] for row in rows), kind
        # CDNOW followed the customers of one quarter: nobody is new later.
        assert listed or kind == "new", kind
