from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import InputError
from data.overview.groups import (
    CHANGES,
    EARLIER_VERSION,
    KINDS,
    Group,
    before_words,
    last_words,
    period_words,
)
from data.queries import CustomerFilter, CustomerQueries
from tests.factories import customers, publish_analysis

PEOPLE = 3000
COLUMNS = (
    "first_month",
    "change_90",
    "bought_90",
    "bought_before_90",
    "top_90",
    "top_all",
    "net_90",
    "bought_365",
    "bought_all",
)


def with_periods(people: int = PEOPLE, seed: int = 3) -> pd.DataFrame:
    """Customers with what the overview knows of them, drawn at random."""
    draw = np.random.default_rng(seed)
    frame = customers(people, seed)
    frame["orders_365"] = draw.integers(0, 3, people)
    frame["frequency"] = draw.integers(1, 4, people).astype(float)
    frame["net_90"] = draw.normal(20, 30, people).round(2)
    frame["change_90"] = draw.integers(0, len(CHANGES), people).astype("int8")
    for name in ("bought_90", "bought_before_90", "top_90", "top_all", "bought_365", "bought_all"):
        frame[name] = draw.random(people) < 0.3
    year, month = draw.integers(2024, 2026, people), draw.integers(1, 13, people)
    frame["first_month"] = (year * 100 + month).astype("int32")
    return frame


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return with_periods()


@pytest.fixture(scope="module")
def queries(tmp_path_factory: pytest.TempPathFactory, frame: pd.DataFrame) -> CustomerQueries:
    past = frame.drop(columns=list(COLUMNS))
    return CustomerQueries(publish_analysis(tmp_path_factory.mktemp("groups"), past, frame))


def by_hand(frame: pd.DataFrame) -> dict[str, pd.Series]:
    risk = (frame["orders_365"] > 0) & (1 - frame["pred_prob"] >= 0.5)
    month, once = frame["first_month"], frame["frequency"] == 1
    return {
        **{f"{name}:90": frame["change_90"] == CHANGES.index(name) for name in CHANGES[1:]},
        "bought:90": frame["bought_90"],
        "bought:all": frame["bought_all"],
        "again:90": frame["bought_before_90"] & frame["bought_90"],
        "not_again:90": frame["bought_before_90"] & ~frame["bought_90"],
        "top:90": frame["top_90"],
        "top:all": frame["top_all"],
        "once:all": frame["bought_all"] & (frame["frequency"] == 1),
        "once:90": frame["bought_90"] & (frame["frequency"] == 1),
        "top_gone:all": frame["top_all"] & ~frame["bought_365"],
        "top_at_risk:90": frame["top_90"] & risk,
        "top_at_risk:all": frame["top_all"] & risk,
        "cohort:2025-03": month == 202503,
        "cohort:2024-Q4": month.isin([202410, 202411, 202412]),
        "cohort_gone:2025-03": (month == 202503) & once,
        "cohort_gone:2025-Q1": month.isin([202501, 202502, 202503]) & once,
    }


def test_each_group_is_who_it_says(frame: pd.DataFrame, queries: CustomerQueries) -> None:
    expected = by_hand(frame)
    assert {text.partition(":")[0] for text in expected} == set(KINDS)
    for text, who in expected.items():
        chosen = CustomerFilter(window="next", group=text)
        ids = set(frame.loc[who, "customer_id"])
        assert 10 < len(ids) < PEOPLE, text
        assert queries.count(chosen) == queries.summary(chosen).customers == len(ids), text
        assert set(queries.page(chosen, end=PEOPLE)["customer_id"]) == ids, text
        exported = [name for batch in queries.export(chosen) for name in batch.column(0).to_pylist()]
        assert set(exported) == ids, text
        assert len(exported) == len(ids), text
        assert int(queries.bins(chosen).counts.sum()) == len(ids), text


def test_a_group_goes_with_the_other_filters(frame: pd.DataFrame, queries: CustomerQueries) -> None:
    chosen = CustomerFilter(window="next", group="lost:90", min_propensity=0.4, search="1")
    who = (frame["change_90"] == 1) & (frame["pred_prob"] >= 0.4) & frame["customer_id"].str.contains("1")
    assert queries.count(chosen) == int(who.sum()) > 10
    # A customer's own panel opens in both windows, whatever the list is.
    name = str(frame.loc[who, "customer_id"].iloc[0])
    for window in ("past", "next"):
        assert queries.customer(window, name, chosen)["customer_id"] == name


def test_a_group_reads_and_writes_an_address() -> None:
    for text in ("lost:90", "top:all", "cohort:2025-01", "cohort_gone:2025-Q1", "again:365"):
        assert Group.of(text).text == text
        chosen = CustomerFilter(window="next", group=text)
        assert chosen.to_params() == {"window": "next", "group": text}
        assert CustomerFilter.from_params(chosen.to_params()) == chosen
    assert Group.of("lost:90") == Group("lost", period="90")
    assert Group.of("cohort:2025-Q1") == Group("cohort", month="2025-Q1")


@pytest.mark.parametrize(
    "text",
    [
        "lost", "lost:", "lost:0", "lost:-90", "lost:99999", "lost:90 OR 1=1", "lost:90;DROP TABLE next", "none:90",
        "LOST:90", "lost:90:90", "lost:٣", "lost:90\n", "lost:all", "not_again:all", "cohort:2025", "cohort:2025-13",
        "cohort:2025-00", "cohort:2025-Q5", "cohort:all", "cohort:90", "top:2025-01", "x" * 5000, "top_:90",
        "<b>:90", "top:\x0090",
    ],
)  # fmt: skip
def test_what_is_no_group_is_refused_in_words(text: str) -> None:
    with pytest.raises(InputError, match="There is no group of customers named") as raised:
        CustomerFilter(window="next", group=text)
    assert len(str(raised.value)) < 500


def test_a_group_is_of_the_next_window() -> None:
    with pytest.raises(InputError, match="next window"):
        CustomerFilter(window="past", group="lost:90")


def test_an_analysis_of_an_earlier_version_says_so(tmp_path: Path, frame: pd.DataFrame) -> None:
    past = frame.drop(columns=list(COLUMNS))
    earlier = CustomerQueries(publish_analysis(tmp_path, past))
    for text in ("lost:90", "top:all", "cohort:2025-01"):
        with pytest.raises(InputError) as raised:
            earlier.count(CustomerFilter(window="next", group=text))
        assert str(raised.value) == EARLIER_VERSION
    assert earlier.count(CustomerFilter(window="next")) == PEOPLE


def test_a_period_that_the_analysis_has_not_is_said(queries: CustomerQueries) -> None:
    with pytest.raises(InputError, match="no figures for the last 45 days"):
        queries.count(CustomerFilter(window="next", group="lost:45"))
    # Short data has no period of 12 months to be gone for.
    with pytest.raises(InputError, match="no figures for all time"):
        Group.of("top_gone:all").sql({"first_month", "top_all"})


def test_groups_in_words() -> None:
    said = {text: Group.of(text).words() for text in ("lost:90", "up:365", "new:1", "top:all", "top:180")}
    assert said == {
        "lost:90": "lost customers (of the 90 days before, nothing in the last 90 days)",
        "up:365": "customers who spent as much in the last 12 months as in the 12 months before, or more",
        "new:1": "new customers (first purchase in the last day)",
        "top:all": "best customers (the tenth that spent the most over all time)",
        "top:180": "best customers (the tenth that spent the most in the last 6 months)",
    }
    assert Group.of("once:all").words() == "customers who bought once only (over all time)"
    assert Group.of("top_gone:all").words() == (
        "best customers gone (of the tenth that spent the most over all time, nothing in the last 12 months)"
    )
    assert Group.of("cohort:2025-01").words() == "customers who first bought in January 2025"
    assert (
        Group.of("cohort_gone:2025-Q3").words()
        == "customers who first bought in the third quarter of 2025, and once only"
    )
    assert [Group.of(text).short() for text in ("lost:90", "top_at_risk:all", "cohort_gone:2025-01")] == [
        "lost last 90 days",
        "top at risk all time",
        "cohort gone 2025-01",
    ]
    assert (period_words("30"), last_words("30"), before_words("30")) == (
        "last 30 days",
        "the last 30 days",
        "the 30 days before",
    )
