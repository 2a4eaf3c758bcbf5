"""The figures of the overview once more, from all lines by plain SQL: slow, and with nothing of the product."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd
import pytest

from data.overview.bridge import bridge
from data.overview.cards import Forecast, cards, retained
from data.overview.cohorts import cohorts
from data.overview.gathering import Gathered
from data.overview.groups import CHANGES
from data.overview.periods import Period
from data.overview.series import series

BOUGHT = "amount > 0 AND (quantity IS NULL OR quantity > 0)"
IN = "day BETWEEN $start AND $end"


class Hand:
    """Asks the table `lines`: customer_id, placed (the order), day, amount, bought."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, frame: pd.DataFrame) -> None:
        self.connection = connection
        connection.register("given", frame.astype({"order_id": object}))
        connection.execute(
            "CREATE TABLE lines AS SELECT customer_id, day, amount, bought,"
            " coalesce('order ' || name, 'day ' || CAST(day AS VARCHAR)) AS placed FROM (SELECT customer_id,"
            " CAST(order_id AS VARCHAR) AS name, CAST(day AS DATE) AS day, CAST(amount AS DECIMAL(18,4)) AS amount,"
            f" {BOUGHT} AS bought FROM given)"
        )
        connection.execute(
            "CREATE TABLE firsts AS SELECT customer_id, min(day) AS first FROM lines WHERE bought GROUP BY customer_id"
        )
        connection.execute(
            "CREATE TABLE orders AS SELECT min(day) AS day FROM lines WHERE bought GROUP BY customer_id, placed"
        )

    def one(self, text: str, **params: Any) -> Any:
        """The first value of the first row."""
        return self.connection.execute(text, params or None).fetchall()[0][0]

    def rows(self, text: str, **params: Any) -> list[tuple[Any, ...]]:
        """All rows."""
        return self.connection.execute(text, params or None).fetchall()

    def revenue(self, start: dt.date, end: dt.date) -> Decimal:
        return Decimal(
            self.one(f"SELECT coalesce(sum(amount), 0) FROM lines WHERE {IN}", start=start, end=end)
        )

    def active(self, start: dt.date, end: dt.date) -> int:
        text = f"SELECT count(DISTINCT customer_id) FROM lines WHERE bought AND {IN}"
        return int(self.one(text, start=start, end=end))

    def orders(self, start: dt.date, end: dt.date) -> int:
        return int(self.one(f"SELECT count(*) FROM orders WHERE {IN}", start=start, end=end))

    def customers(self, day: dt.date) -> int:
        return int(self.one("SELECT count(*) FROM firsts WHERE first <= $day", day=day))

    def again(self, earlier: dt.date, start: dt.date, end: dt.date) -> int:
        buyers = "SELECT customer_id FROM lines WHERE bought AND day"
        text = f"SELECT count(*) FROM ({buyers} >= $earlier AND day < $start INTERSECT {buyers} BETWEEN $start AND $end)"
        return int(self.one(text, earlier=earlier, start=start, end=end))


@contextmanager
def hand(frame: pd.DataFrame) -> Iterator[Hand]:
    """A connection with the lines of `frame`."""
    with duckdb.connect() as connection:
        yield Hand(connection, frame)


def check_periods(found: Gathered, frame: pd.DataFrame) -> None:
    """Series, cards and what they are made of, for every period."""
    with hand(frame) as ask:
        assert found.revenue(found.first, found.last) == ask.revenue(found.first, found.last) != 0
        for period in found.periods:
            drawn = series(found, period)
            assert drawn["now"]
            for row in (*drawn["now"], *drawn["before"]):
                start, end = (dt.date.fromisoformat(row[name]) for name in ("start", "end"))
                assert Decimal(str(row["revenue"])) == ask.revenue(start, end), row
                assert row["customers"] == ask.active(start, end), row
                assert row["orders"] == ask.orders(start, end), row
            _check_cards(found, period, ask)


def _near(value: Any) -> Any:
    """Rounded as the cards are."""
    return pytest.approx(float(value), abs=6e-5)


def _nobody(found: Gathered) -> Forecast:
    return Forecast(found.last, 0.0, 0.0)


def _check_cards(found: Gathered, period: Period, ask: Hand) -> None:
    told = {card["key"]: card for card in cards(found, period, [_nobody(found)])}
    start, end = period.start, period.end
    revenue, orders = ask.revenue(start, end), ask.orders(start, end)
    assert told["customers"]["value"] == ask.customers(end)
    assert Decimal(str(told["revenue"]["value"])) == revenue
    assert told["average_order_value"]["value"] == _near(revenue / orders)
    if period.before is None:
        assert all(card["change"] is None and card["since"] is None for card in told.values())
    else:
        earlier, before_end = period.before
        before = ask.revenue(earlier, before_end)
        assert told["revenue"]["change"] == _near(revenue / before - 1)
        assert told["customers"]["change"] == _near(ask.customers(end) / ask.customers(before_end) - 1)
        kept = ask.again(earlier, start, end), ask.active(earlier, before_end)
        assert retained(found, start, (end - start).days + 1) == kept
        assert told["retention_rate"]["value"] == _near(kept[0] / kept[1])
        value = before / ask.orders(earlier, before_end)
        assert told["average_order_value"]["change"] == _near(revenue / orders / value - 1)
        assert {told[key]["since"] for key in ("customers", "revenue")} == {before_end.isoformat()}
    if period.days is None:
        text = (
            "SELECT avg(CAST(orders > 1 AS INTEGER)) FROM (SELECT count(DISTINCT placed) AS orders FROM lines WHERE"
            " bought GROUP BY customer_id)"
        )
        assert told["retention_rate"]["value"] == _near(ask.one(text))
    for key, spark in ((key, told[key]["spark"]) for key in ("customers", "revenue")):
        for day, value in spark:
            stop = dt.date.fromisoformat(day)
            if key == "customers":
                assert value == ask.customers(stop)
            elif period.days is not None:
                assert Decimal(str(value)) == ask.revenue(stop - dt.timedelta(days=period.days - 1), stop)
        if period.days is not None and spark:
            assert spark[-1] == [end.isoformat(), told[key]["value"]]
            assert [one[0] for one in spark] == sorted(one[0] for one in spark)


def check_bridges(found: Gathered, frame: pd.DataFrame) -> None:
    """Every part of every bridge, and that they sum to the revenue of both periods."""
    compared = 0
    with hand(frame) as ask:
        for period in found.periods:
            told, why = bridge(found, period)
            if period.before is None:
                assert told is None
                assert why
                continue
            compared += check_bridge(told, (period.start, period.end), period.before, ask)
    assert compared >= 5


def check_bridge(
    told: dict[str, Any] | None, now: tuple[dt.date, dt.date], before: tuple[dt.date, dt.date], ask: Hand
) -> int:
    """Every part, and that they lead from one revenue to the other; how many parts have customers' lines."""
    assert told is not None
    then, after = (Decimal(str(told[name])) for name in ("before", "after"))
    assert (then, after) == (ask.revenue(*before), ask.revenue(*now))
    assert then + sum(Decimal(str(part["amount"])) for part in told["parts"]) == after
    parts = {part["key"]: part for part in told["parts"]}
    assert tuple(parts) == CHANGES[1:]
    rows = ask.rows(_CHANGED, start=now[0], before=before[0])
    for name, spent, earlier, customers in rows:
        part = parts.pop(name)
        assert (Decimal(str(part["amount"])), part["customers"]) == (spent - earlier, customers), (now, name)
    assert all(part["amount"] == part["customers"] == 0 for part in parts.values())
    return len(rows)


_CHANGED = """SELECT CASE
    WHEN first >= $start THEN 'new'
    WHEN lines_now = 0 THEN 'lost'
    WHEN lines_before = 0 THEN 'returned'
    WHEN now < before THEN 'down'
    ELSE 'up' END AS change, sum(now), sum(before), count(first)
FROM (SELECT customer_id, coalesce(sum(amount) FILTER (WHERE day >= $start), 0) AS now,
    coalesce(sum(amount) FILTER (WHERE day >= $before AND day < $start), 0) AS before,
    count(*) FILTER (WHERE day >= $start) AS lines_now,
    count(*) FILTER (WHERE day >= $before AND day < $start) AS lines_before
  FROM lines GROUP BY customer_id) LEFT JOIN firsts USING (customer_id)
WHERE lines_now + lines_before > 0 GROUP BY change"""


def check_people(found: Gathered, frame: pd.DataFrame) -> None:
    """The columns of each customer."""
    people = found.people
    assert people["customer_id"].tolist() == sorted(people["customer_id"])
    with hand(frame) as ask:
        firsts = dict(ask.rows("SELECT customer_id, year(first) * 100 + month(first) FROM firsts"))
        assert dict(zip(people["customer_id"], people["first_month"], strict=True)) == firsts
        for period in found.periods:
            key = period.key
            rows = ask.rows(
                "SELECT customer_id, CAST(sum(amount) AS DOUBLE), bool_or(bought) FROM lines JOIN firsts USING (customer_id)"
                " WHERE day >= $start GROUP BY customer_id",
                start=period.start,
            )
            net, bought = ({row[0]: row[place] for row in rows} for place in (1, 2))
            assert [net.get(who, 0.0) for who in people["customer_id"]] == people[f"net_{key}"].tolist()
            assert [bought.get(who, False) for who in people["customer_id"]] == people[
                f"bought_{key}"
            ].tolist()
            sizes = people[f"change_{key}"].value_counts().to_dict()
            told = found.parts[key]
            assert all(told[name].customers == sizes.get(CHANGES.index(name), 0) for name in CHANGES[1:])


def check_cohorts(found: Gathered, frame: pd.DataFrame) -> None:
    """Customers kept and revenue of each cohort in each month or quarter after its first, by pandas."""
    told = cohorts(found)
    freq = "M" if told["unit"] == "month" else "Q"
    days = pd.to_datetime(frame["day"])
    bought = (frame["amount"] > 0) & ~(pd.to_numeric(frame["quantity"]) <= 0)
    first = days[bought].groupby(frame["customer_id"]).min()
    known = frame.assign(unit=days.dt.to_period(freq), bought=bought)
    known = known[known["customer_id"].isin(first.index)]
    known["cohort"] = known["customer_id"].map(first).dt.to_period(freq)
    known["age"] = [max((one.unit - one.cohort).n, 0) for one in known.itertuples()]
    known["exact"] = [Decimal(str(round(float(value), 4))) for value in known["amount"]]
    rows = {row["month"]: row for row in told["rows"]}
    names = {
        str(cohort).replace("Q", "-Q") if freq == "Q" else str(cohort): cohort
        for cohort in known["cohort"].unique()
    }
    assert list(rows) == sorted(names)
    for name, cohort in names.items():
        mine, row = known[known["cohort"] == cohort], rows[name]
        for age in range(len(row["kept"])):
            cell = mine[mine["age"] == age]
            assert row["kept"][age] == cell.loc[cell["bought"], "customer_id"].nunique(), (name, age)
            assert Decimal(str(row["spent"][age])) == sum(cell["exact"], Decimal(0)), (name, age)
        assert row["customers"] == row["kept"][0] == mine["customer_id"].nunique()
        assert Decimal(str(row["revenue"])) == sum(mine["exact"], Decimal(0))
        assert (
            len(row["kept"]) == len(row["spent"]) == (pd.Timestamp(found.last).to_period(freq) - cohort).n + 1
        )
    assert (
        len(told["ends"])
        == (pd.Timestamp(found.last).to_period(freq) - pd.Timestamp(found.first).to_period(freq)).n + 1
    )
