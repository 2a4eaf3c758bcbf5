"""Every figure of the overview against plain SQL over the lines: the sample shop and, where they are here, real files.

The numbers are read from the file that the page reads; a list of customers is what its page would count.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from data.store import METRICS
from tests import overview_by_hand as by_hand
from tests.overview_by_hand import Hand
from tests.overview_shops import Shop, shop

__all__ = ["shop"]

DAY = dt.timedelta(days=1)
Days = tuple[dt.date, dt.date]


@dataclass(frozen=True)
class Board:
    """A period as it is written, with its days and those of the period before, None where that is not in the data."""

    told: dict[str, Any]
    days: int | None
    now: Days
    before: Days | None

    def card(self, key: str) -> dict[str, Any]:
        return next(card for card in self.told["kpis"] if card["key"] == key)

    def spans(self, spark: list[list[Any]]) -> list[tuple[Days, float]]:
        """The days that each point of a spark is of: as many as the period has, or a step of all time."""
        if self.days is not None:
            ends = [dt.date.fromisoformat(day) for day, _ in spark]
            starts = [end - dt.timedelta(days=self.days - 1) for end in ends]
        else:
            rows = self.told["series"]["now"]
            starts, ends = ([dt.date.fromisoformat(row[name]) for row in rows] for name in ("start", "end"))
            assert [day for day, _ in spark] == [row["end"] for row in rows]
        return [((start, end), value) for start, end, (_, value) in zip(starts, ends, spark, strict=True)]


@pytest.fixture(scope="module")
def ask(shop: Shop) -> Iterator[Hand]:
    with by_hand.hand(shop.frame) as asked:
        yield asked


@pytest.fixture(scope="module")
def boards(shop: Shop, ask: Hand) -> list[Board]:
    """All boards, their days worked out again from the key."""
    first, last = ask.rows("SELECT min(day), max(day) FROM lines")[0]
    found = []
    for key, told in shop.overview.periods.items():
        if key == "all":
            found.append(Board(told, None, (first, last), None))
            continue
        days = int(key)
        now = last - (days - 1) * DAY, last
        before = now[0] - days * DAY, now[0] - DAY
        found.append(Board(told, days, now, before if before[0] >= first else None))
    assert len(found) >= 5
    assert [board.told["before_complete"] for board in found] == [board.before is not None for board in found]
    return found


def near(value: Any) -> Any:
    """Rounded as the cards are."""
    return pytest.approx(float(value), abs=6e-5)


def exact(value: float) -> Decimal:
    return Decimal(str(value))


def test_customers(boards: list[Board], ask: Hand) -> None:
    for board in boards:
        card = board.card("customers")
        assert card["value"] == ask.customers(board.now[1]) > 0
        if board.before:
            assert card["change"] == near(card["value"] / ask.customers(board.before[1]) - 1)
            assert card["since"] == board.before[1].isoformat()
        for day, value in card["spark"]:
            assert value == ask.customers(dt.date.fromisoformat(day))


# An order counts on the day of its first purchase, with all of its lines.
RISKY = """SELECT count(*), coalesce(sum(spend), 0) FROM chances JOIN (
    SELECT customer_id, sum(net) AS spend, count(*) FILTER (WHERE purchase) AS orders FROM (
        SELECT customer_id, sum(amount) AS net, bool_or(bought) AS purchase,
            coalesce(min(day) FILTER (WHERE bought), min(day)) AS day
        FROM lines WHERE day <= $day GROUP BY customer_id, placed
    ) WHERE day > $day - 365 GROUP BY customer_id
) USING (customer_id) WHERE pred_prob <= 0.5 AND orders > 0"""


@pytest.fixture(scope="module")
def risks(shop: Shop, ask: Hand) -> dict[str, tuple[float, float]]:
    """Customers at risk and their spend of 365 days, by the day of the forecast."""
    analysis = shop.services.analysis(shop.analysis_id)
    found = {}
    for origin in analysis.read_json(METRICS)["backtest"]["origins"]:
        scale = ask.customers(dt.date.fromisoformat(origin["cutoff"])) / origin["customers"]
        found[origin["cutoff"]] = tuple(origin["at_risk"][name] * scale for name in ("customers", "spend"))
    for name, file in (("cutoff", "customers.parquet"), ("last_date", "next.parquet")):
        day = analysis.manifest[name]
        ask.connection.register("chances", pd.read_parquet(analysis.file(file))[["customer_id", "pred_prob"]])
        (row,) = ask.rows(RISKY, day=dt.date.fromisoformat(day))
        found[day] = (float(row[0]), float(row[1]))
    return dict(sorted(found.items()))


@pytest.mark.parametrize(("key", "place"), [("at_risk", 0), ("revenue_at_risk", 1)])
def test_risk(boards: list[Board], risks: dict[str, tuple[float, float]], key: str, place: int) -> None:
    *earlier, last = risks
    assert risks[last][0] > 0
    for board in boards:
        card = board.card(key)
        assert card["value"] == near(risks[last][place])
        assert [day for day, _ in card["spark"]] == list(risks)
        for day, value in card["spark"]:
            wanted = risks[day][place]
            assert value == near(wanted if key == "revenue_at_risk" else round(wanted))
        if board.before:
            begins = board.before[1]
            nearest = min(earlier[::-1], key=lambda day: abs((dt.date.fromisoformat(day) - begins).days))
            assert card["since"] == nearest
            assert card["change"] == near(risks[last][place] / risks[nearest][place] - 1)


def test_retention_rate(boards: list[Board], ask: Hand) -> None:
    def rate(days: Days) -> float | None:
        earlier = days[0] - (days[1] - days[0] + DAY)
        buyers = ask.active(earlier, days[0] - DAY)
        return ask.again(earlier, *days) / buyers if buyers else None

    for board in boards:
        card = board.card("retention_rate")
        if board.days is None:
            orders = "SELECT count(DISTINCT placed) AS orders FROM lines WHERE bought GROUP BY customer_id"
            assert card["value"] == near(ask.one(f"SELECT avg(CAST(orders > 1 AS INTEGER)) FROM ({orders})"))
        elif board.before is None:
            assert card["value"] is None
        else:
            assert card["value"] == near(rate(board.now))
            if card["change"] is not None:
                assert card["change"] == near(card["value"] - (rate(board.before) or 0.0))
            for days, value in board.spans(card["spark"]):
                assert value == near(rate(days))


def test_revenue(boards: list[Board], ask: Hand) -> None:
    for board in boards:
        card = board.card("revenue")
        assert exact(card["value"]) == ask.revenue(*board.now) > 0
        if board.before:
            assert card["change"] == near(ask.revenue(*board.now) / ask.revenue(*board.before) - 1)
        for days, value in board.spans(card["spark"]):
            assert exact(value) == ask.revenue(*days)


def test_average_order_value(boards: list[Board], ask: Hand) -> None:
    def worth(days: Days) -> float:
        return float(ask.revenue(*days) / ask.orders(*days))

    for board in boards:
        card = board.card("average_order_value")
        assert card["value"] == near(worth(board.now))
        if board.before:
            assert card["change"] == near(worth(board.now) / worth(board.before) - 1)
        for days, value in board.spans(card["spark"]):
            assert value == near(worth(days))


def test_series(boards: list[Board], ask: Hand) -> None:
    for board in boards:
        drawn = board.told["series"]
        assert bool(drawn["before"]) == (board.before is not None)
        for days, rows in ((board.now, drawn["now"]), (board.before, drawn["before"])):
            if days is None:
                continue
            at = days[0]
            for row in rows:
                start, end = (dt.date.fromisoformat(row[name]) for name in ("start", "end"))
                # Every day of the period is in one step.
                assert start == at <= end
                at = end + DAY
                assert exact(row["revenue"]) == ask.revenue(start, end)
                assert (row["customers"], row["orders"]) == (ask.active(start, end), ask.orders(start, end))
                if rows is drawn["now"]:
                    assert row["partial"] == (not whole(start, end, drawn["unit"])), row
            assert at == days[1] + DAY
            assert sum(exact(row["revenue"]) for row in rows) == ask.revenue(*days)


def whole(start: dt.date, end: dt.date, unit: str) -> bool:
    """Whether these days are a whole day, week, month or quarter."""
    if unit in ("day", "week"):
        return (end - start).days + 1 == {"day": 1, "week": 7}[unit]
    one = pd.Timestamp(start).to_period(unit[0].upper())
    return bool(one.start_time.date() == start and one.end_time.date() == end)


def test_bridge(boards: list[Board], ask: Hand) -> None:
    compared = 0
    for board in boards:
        told = board.told["bridge"]
        assert (told is None) == (board.before is None) == bool(board.told["bridge_why"])
        if board.before:
            by_hand.check_bridge(told, board.now, board.before, ask)
            compared += 1
    assert compared >= 2


def test_concentration(boards: list[Board], ask: Hand) -> None:
    for board in boards:
        told = board.told["concentration"]
        rows = ask.rows(
            "SELECT CAST(sum(amount) AS DOUBLE) AS net FROM lines WHERE day BETWEEN $start AND $end AND customer_id IN"
            " (SELECT customer_id FROM lines WHERE bought AND day BETWEEN $start AND $end) GROUP BY customer_id"
            " ORDER BY net DESC",
            start=board.now[0],
            end=board.now[1],
        )
        spent = pd.Series([row[0] for row in rows])
        best = max(len(spent) // 10, 1)
        assert (told["customers"], told["top_customers"]) == (len(spent), best)
        assert (told["revenue"], told["top_revenue"]) == (near(spent.sum()), near(spent[:best].sum()))
        assert told["top_share"] == near(spent[:best].sum() / spent.sum())
        assert len(told["curve"]) == min(101, len(spent) + 1)
        for share, revenue in told["curve"]:
            assert revenue == near(spent[: round(share * len(spent))].sum() / spent.sum())


def test_cohorts(shop: Shop, ask: Hand) -> None:
    told = shop.overview.cohorts
    assert told["unit"] == "month"
    month = "(year({0}) * 12 + month({0}))"
    text = (
        f"SELECT strftime(first, '%Y-%m') AS name, greatest({month.format('day')} - {month.format('first')}, 0) AS age,"
        " count(DISTINCT CASE WHEN bought THEN customer_id END), sum(amount)"
        " FROM lines JOIN firsts USING (customer_id) GROUP BY ALL"
    )
    cells = {(name, age): (customers, amount) for name, age, customers, amount in ask.rows(text)}
    total = Decimal(0)
    for row in told["rows"]:
        for age, (kept, spent) in enumerate(zip(row["kept"], row["spent"], strict=True)):
            assert (kept, exact(spent)) == cells.pop((row["month"], age), (0, Decimal(0))), (
                row["month"],
                age,
            )
        assert row["customers"] == row["kept"][0]
        assert exact(row["revenue"]) == sum(exact(spent) for spent in row["spent"])
        total += exact(row["revenue"])
    assert not cells
    bought = "customer_id IN (SELECT customer_id FROM firsts)"
    assert total == ask.one(f"SELECT sum(amount) FROM lines WHERE {bought}")
    assert sum(row["customers"] for row in told["rows"]) == ask.one("SELECT count(*) FROM firsts")
    assert [row["partial"] for row in told["rows"]] == [True] + [False] * (len(told["rows"]) - 1)


def test_findings(boards: list[Board], ask: Hand) -> None:
    """What each sentence says beside the customers of its link, which the lists are counted for."""
    kinds = set()
    for board in boards:
        for finding in board.told["insights"]:
            numbers, key = finding["numbers"], finding["key"]
            kinds.add(key)
            if key in ("revenue", "year"):
                then = board.before if key == "revenue" else tuple(day - 365 * DAY for day in board.now)
                assert then is not None
                assert numbers["before"] == near(ask.revenue(*then))
                assert numbers["change"] == near(ask.revenue(*board.now) / ask.revenue(*then) - 1)
                if key == "year":
                    assert numbers["customers_before"] == ask.active(*then)
            elif key == "retention":
                assert board.before
                assert numbers["buyers"] == ask.active(*board.before)
                assert numbers["again"] == ask.again(board.before[0], *board.now)
                assert numbers["share"] == near(board.card("retention_rate")["value"])
                assert numbers["change"] == near(board.card("retention_rate")["change"])
            elif key == "new":
                assert board.before
                counts = [
                    ask.customers(days[1]) - ask.customers(days[0] - DAY)
                    for days in (board.now, board.before)
                ]
                assert (numbers["customers"], numbers["before"]) == tuple(counts)
            elif key == "order_value":
                card = board.card("average_order_value")
                assert (numbers["value"], numbers["change"]) == (near(card["value"]), near(card["change"]))
                assert numbers["customers"] == ask.active(*board.now)
            elif key == "once":
                orders = "SELECT customer_id FROM lines WHERE bought GROUP BY ALL HAVING count(DISTINCT placed) = 1"
                assert numbers["customers"] == ask.one(f"SELECT count(*) FROM ({orders})")
                assert numbers["of"] == ask.customers(board.now[1])
            elif key in ("concentration", "best_at_risk", "best_gone"):
                shared = board.told["concentration"]
                assert numbers["customers" if key == "concentration" else "of"] == shared["top_customers"]
                if key != "concentration":
                    assert numbers["share"] == near(numbers["spend"] / board.card("revenue")["value"])
    assert len(kinds) >= 4
