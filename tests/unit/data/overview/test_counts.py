"""What is gathered for the overview, against the same counted from the lines by plain SQL and pandas."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from data.overview.bridge import bridge
from data.overview.cohorts import cohorts, finished
from data.overview.gathering import Gathered
from data.overview.series import series
from tests import overview_by_hand as by_hand
from tests.overviews import LAST, gathered, lines, shop_lines

DAYS = 800


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return shop_lines(300, DAYS, seed=3)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, frame: pd.DataFrame) -> Gathered:
    return gathered(tmp_path_factory.mktemp("counts"), frame)


def test_every_period_is_what_plain_sql_counts(found: Gathered, frame: pd.DataFrame) -> None:
    assert [each.key for each in found.periods] == ["30", "90", "180", "365", "all"]
    by_hand.check_periods(found, frame)


def test_the_bridge_reconciles_to_the_last_digit(found: Gathered, frame: pd.DataFrame) -> None:
    by_hand.check_bridges(found, frame)
    told, why = bridge(found, found.periods[-1])
    assert told is None
    assert "no time before" in why


def test_customers_have_what_they_did(found: Gathered, frame: pd.DataFrame) -> None:
    by_hand.check_people(found, frame)


def test_cohorts_are_what_pandas_counts(found: Gathered, frame: pd.DataFrame) -> None:
    by_hand.check_cohorts(found, frame)
    told = cohorts(found)
    assert told["unit"] == "month"
    assert [row["partial"] for row in told["rows"]] == [True] + [False] * (len(told["rows"]) - 1)
    assert not told["last_partial"]


def test_only_cohorts_whose_horizon_is_over_are_compared(found: Gathered) -> None:
    names = [name for name, _ in finished(found)]
    # September's last customers have 92 days until the end of December, October's 61.
    assert names[-1] == "2025-09"
    # The data begins in October 2023: its first month is nobody's sure beginning.
    assert "2023-10" not in names
    assert all(0 <= cohort.again <= cohort.customers for _, cohort in finished(found))


@pytest.mark.parametrize("buckets", [3, 64])
def test_neither_buckets_nor_the_order_of_rows_matter(
    tmp_path: Path, found: Gathered, frame: pd.DataFrame, buckets: int
) -> None:
    other = gathered(tmp_path, frame.sample(frac=1, random_state=buckets), buckets=buckets)
    pd.testing.assert_frame_equal(other.people, found.people)
    assert other.parts == found.parts
    assert other.cohorts == found.cohorts
    for each in found.periods:
        assert series(other, each) == series(found, each)
        assert other.customers(each.start) == found.customers(each.start)


def test_twenty_years_are_told_by_quarter(tmp_path: Path) -> None:
    frame = shop_lines(150, 7305, seed=8)
    other = gathered(tmp_path, frame)
    by_hand.check_periods(other, frame)
    by_hand.check_cohorts(other, frame)
    told, drawn = cohorts(other), series(other, other.periods[-1])
    assert (told["unit"], drawn["unit"]) == ("quarter", "quarter")
    assert len(told["ends"]) == len(drawn["now"]) == 80
    assert told["rows"][0]["group"] == "cohort:2006-Q1"


def test_a_series_says_which_of_its_steps_are_short(found: Gathered, frame: pd.DataFrame) -> None:
    year = next(each for each in found.periods if each.key == "365")
    told = series(found, year)
    assert told["unit"] == "month"
    assert len(told["now"]) == len(told["before"]) == 12
    assert not any(row["partial"] for row in told["now"])
    everything = series(found, found.periods[-1])
    assert [row["partial"] for row in everything["now"]] == [True] + [False] * 26
    assert everything["before"] == []
    assert sum(Decimal(str(row["revenue"])) for row in everything["now"]) == found.revenue(
        found.first, found.last
    )


def test_orders_are_those_of_the_features(tmp_path: Path) -> None:
    """An order on two days counts on its first; lines without a name are one order a day; a gift is none."""
    made = lines(
        ("a", 100, 5, "1", 1), ("a", 99, 5, "1", 1), ("a", 3, 5, None, 1), ("a", 3, 5, None, 1),
        ("b", 99, 5, "1", 1), ("b", 99, 0, "2", 1), ("b", 99, 5, "3", -1), ("b", 0, 5, "4", None),
    )  # fmt: skip
    found = gathered(tmp_path, made)
    everything = found.periods[-1]
    assert found.orders(everything.start, everything.end) == 4
    assert [found.orders(LAST - dt.timedelta(days=age), LAST - dt.timedelta(days=age)) for age in (100, 99, 3, 0)] == [
        1, 1, 1, 1,
    ]  # fmt: skip
    assert found.new(everything.start, LAST - dt.timedelta(days=100)) == 1


def test_a_return_before_the_first_purchase(tmp_path: Path) -> None:
    """It belongs to the cohort's first month, and the customer is new where the purchase is."""
    made = lines(("a", 100, -5), ("a", 10, 20), ("b", 200, 1), ("c", 1, -3), ("d", 120, -2))
    found = gathered(tmp_path, made)
    assert found.people["customer_id"].tolist() == ["a", "b"]
    rows = {row["month"]: row for row in cohorts(found)["rows"]}
    assert rows["2025-12"]["spent"] == [15.0]
    told, _ = bridge(found, next(each for each in found.periods if each.key == "90"))
    assert told is not None
    assert (told["before"], told["after"]) == (-7.0, 17.0)
    assert {part["key"]: (part["amount"], part["customers"]) for part in told["parts"]} == {
        # Who only ever sent something back has an amount, but is no customer.
        "lost": (2.0, 0), "down": (0.0, 0), "up": (0.0, 0), "returned": (-3.0, 0), "new": (25.0, 1),
    }  # fmt: skip


def test_products_of_what_customers_did(found: Gathered, frame: pd.DataFrame) -> None:
    """The sums that standard errors are made of, by pandas: nets to the cent, and orders."""
    year = dt.timedelta(days=365)
    with by_hand.hand(frame) as ask:
        for period in found.periods:
            assert (period.key in found.moments) == (period.before is not None)
            if period.before is None:
                continue
            spans = (period.start, period.end), period.before, (period.start - year, period.end - year)
            nets = [
                dict(
                    ask.rows(
                        "SELECT customer_id, CAST(CAST(sum(amount) AS DECIMAL(18,2)) AS DOUBLE) FROM lines"
                        " WHERE day BETWEEN $start AND $end GROUP BY customer_id",
                        start=start,
                        end=end,
                    )
                )
                for start, end in spans[: 3 if period.key != "365" else 2]
            ]
            sums = pd.DataFrame(nets).fillna(0.0).to_numpy()
            places = [0, 1, 4][: len(sums)]
            told = found.moments[period.key]
            assert told[places][:, places] == pytest.approx(sums @ sums.T)
            assert (told == told.T).all()
            assert told[2, 2] >= found.orders(period.start, period.end) > 0
            assert (told[4, 4] == 0) == (period.key == "365")
