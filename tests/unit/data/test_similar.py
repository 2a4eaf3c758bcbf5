"""What similar customers are like: the nearest by hand, medians, whole numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from data.names import FEATURES
from data.queries import CustomerQueries
from data.similar import ALIKE_BY, medians
from tests.factories import customers, publish_analysis


@pytest.fixture(scope="module")
def queries(tmp_path_factory: pytest.TempPathFactory) -> CustomerQueries:
    frame = customers(200, seed=3)
    frame.loc[:120, "gap_sd_days"] = math.nan
    frame["last_gap_days"] = math.nan
    frame["recency_days"] = np.arange(200) // 2
    analysis = publish_analysis(tmp_path_factory.mktemp("home"), frame)
    return CustomerQueries(analysis, threads=1, memory_mb=256)


def test_the_nearest_are_those_of_the_smallest_distance_in_logarithms(queries: CustomerQueries) -> None:
    frame = customers(200, seed=3)
    frame["recency_days"] = np.arange(200) // 2
    known = {"recency_days": 30.0, "frequency": 4.0, "monetary": 12.5, "tenure_days": 8.0, "units": 1e6}
    distance = sum((np.log1p(frame[name]) - math.log1p(known[name])) ** 2 for name in ALIKE_BY)
    nearest = frame.assign(distance=distance).sort_values(["distance", "customer_id"]).head(5)
    found = medians(queries, known, limit=5)
    for name in ("monetary", "units", "spend_90", "largest_order_value"):
        assert found[name] == pytest.approx(nearest[name].median(), abs=1e-9)
    assert found["frequency"] == math.floor(nearest["frequency"].median() + 0.5)
    # Fewer than asked for: the median of fifty is another.
    assert medians(queries, known)["units"] != found["units"]


def test_ties_go_by_customer_id(queries: CustomerQueries) -> None:
    frame = customers(200, seed=3)
    # Customers 60 and 61 bought 30 days ago, 58 and 59 are at 29, farther off by logarithm than those at 31.
    for limit, rows in ((1, [60]), (2, [60, 61]), (3, [60, 61, 62])):
        found = medians(queries, {"recency_days": 30.0}, limit=limit)
        assert found["units"] == pytest.approx(frame.loc[rows, "units"].median())


def test_where_nothing_is_known_all_customers_are_like_it(queries: CustomerQueries) -> None:
    frame = customers(200, seed=3)
    found = medians(queries, {})
    assert list(found) == list(FEATURES)
    assert found["units"] == pytest.approx(frame["units"].median())
    # 49 and 50 in the middle: whole numbers are rounded, halves up.
    assert found["recency_days"] == 50
    assert found["gap_sd_days"] == pytest.approx(frame["gap_sd_days"].iloc[121:].median())
    assert found["last_gap_days"] is None


def test_a_negative_amount_is_near_to_nothing(queries: CustomerQueries) -> None:
    assert medians(queries, {"monetary": -5.0}, limit=3) == medians(queries, {"monetary": 0.0}, limit=3)
