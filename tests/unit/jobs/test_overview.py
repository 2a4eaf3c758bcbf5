"""The overview as it is written, from lines that are easy and lines that are strange."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.overview.cards import Forecast
from data.overview.concentration import top_of
from data.overview.gathering import Gathered
from jobs.overview import Prepared, compose
from models.period import Red
from tests.overviews import LAST, Line, gathered, lines, shop_lines


def prepared(found: Gathered, at_risk: Any = None, forecasts: tuple[Forecast, ...] = ()) -> Prepared:
    """As `jobs.overview.prepare` makes it, with these customers at risk (default: nobody)."""
    risk = np.zeros(len(found.people), dtype=np.bool_) if at_risk is None else np.asarray(at_risk)
    tops = {each.key: top_of(found.people, f"net_{each.key}", f"bought_{each.key}") for each in found.periods}
    return Prepared(found, (*forecasts, Forecast(found.last, float(risk.sum()), 100.0)), tops, risk, "EUR")


def written(found: Gathered, **given: Any) -> dict[str, Any]:
    """The overview as it comes back from its file."""
    content: dict[str, Any] = json.loads(json.dumps(compose(prepared(found, **given), None), allow_nan=False))
    return content


def card(board: dict[str, Any], key: str) -> dict[str, Any]:
    return next(each for each in board["kpis"] if each["key"] == key)


CARDS = ["customers", "at_risk", "revenue_at_risk", "retention_rate", "revenue", "average_order_value"]
BOARD = {
    "key", "label", "days", "start", "end", "before_start", "before_end", "before_complete", "kpis", "series",
    "concentration", "concentration_why", "bridge", "bridge_why", "insights",
}  # fmt: skip


@pytest.mark.parametrize("horizon", [7, 90, 365])
def test_every_period_has_all_its_parts(tmp_path: Path, horizon: int) -> None:
    told = written(gathered(tmp_path, shop_lines(200, 1000, seed=1), horizon))
    assert (told["version"], told["default"], told["currency"]) == (2, str(horizon), "EUR")
    assert told["default"] in told["periods"]
    assert len(told["periods"]) == (6 if horizon == 7 else 5)
    for key, board in told["periods"].items():
        assert set(board) == BOARD
        assert board["key"] == key
        assert [each["key"] for each in board["kpis"]] == CARDS
        for each in board["kpis"]:
            assert each["definition"]
            assert each["formula"]
            assert each["link"].startswith("/propensity?window=next")
            assert (each["good"] == "down") == (each["key"] in ("at_risk", "revenue_at_risk"))
        assert (board["bridge"] is None) == (key == "all") == bool(board["bridge_why"])
        assert board["concentration"]["top_customers"] == max(board["concentration"]["customers"] // 10, 1)


STRANGE: dict[str, tuple[Line, ...]] = {
    "one day": (("a", 0, 5.0), ("b", 0, 7.0)),
    "one customer": (("a", 300, 5.0), ("a", 10, 5.0)),
    "only returns": (("a", 300, -5.0), ("b", 10, -7.0)),
    "negative revenue": (("a", 300, 5.0), ("b", 10, 7.0), ("b", 5, -900.0), ("a", 5, -1.0)),
    "nothing in the period before": (("a", 700, 5.0), ("b", 10, 7.0)),
    "nothing in the period": (("a", 700, 5.0), ("b", 100, 7.0), ("c", 0, 0.0)),
    "no money": (("a", 700, 0.0), ("b", 10, 0.0)),
    "shorter than the horizon": (("a", 20, 5.0), ("b", 10, 7.0), ("a", 0, 1.0)),
}


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize("horizon", [7, 90, 365])
def test_strange_data_has_an_overview_too(tmp_path: Path, name: str, horizon: int) -> None:
    frame = lines(*STRANGE[name])
    found = gathered(tmp_path, frame, horizon)
    told = written(found)
    total = sum(Decimal(str(row[2])) for row in STRANGE[name])
    everything = told["periods"]["all"]
    assert Decimal(str(card(everything, "revenue")["value"])) == total
    buyers = {row[0] for row in STRANGE[name] if row[2] > 0}
    assert card(everything, "customers")["value"] == len(buyers) == len(found.people)
    assert sum(row["customers"] for row in told["cohorts"]["rows"]) == len(buyers)
    for board in told["periods"].values():
        assert sum(Decimal(str(row["revenue"])) for row in board["series"]["now"]) == Decimal(
            str(card(board, "revenue")["value"])
        )
        assert board["insights"] == []
        bridge = board["bridge"]
        if bridge:
            amounts = [Decimal(str(part["amount"])) for part in bridge["parts"]]
            assert Decimal(str(bridge["before"])) + sum(amounts) == Decimal(str(bridge["after"]))
        assert (board["concentration"] is None) == bool(board["concentration_why"])
        for each in board["kpis"]:
            assert each["value"] is None or np.isfinite(each["value"])
            assert len(each["spark"]) != 1


def test_where_there_is_nothing_the_cards_say_so(tmp_path: Path) -> None:
    told = written(gathered(tmp_path, lines(*STRANGE["nothing in the period before"])))
    board = told["periods"]["90"]
    assert board["before_complete"]
    # Nobody bought in the period before: nothing to keep, nothing to divide by.
    assert card(board, "retention_rate")["value"] is None
    assert (card(board, "revenue")["change"], card(board, "revenue")["since"]) == (None, None)
    assert card(board, "customers")["change"] == 1.0
    quiet = written(gathered(tmp_path, lines(*STRANGE["nothing in the period"])))["periods"]["90"]
    assert card(quiet, "average_order_value")["value"] is None
    assert card(quiet, "retention_rate")["value"] == 0.0
    assert card(quiet, "revenue")["change"] == -1.0
    assert quiet["concentration_why"] == "Nobody bought in the last 90 days."
    negative = written(gathered(tmp_path, lines(*STRANGE["negative revenue"])))["periods"]["90"]
    assert "sent back as much as they bought" in negative["concentration_why"]


def test_without_a_whole_period_before_nothing_is_compared(tmp_path: Path) -> None:
    frame = shop_lines(200, 150, seed=4)
    board = written(gathered(tmp_path, frame))["periods"]["90"]
    assert not board["before_complete"]
    assert all(each["change"] is None and each["since"] is None for each in board["kpis"])
    assert card(board, "retention_rate")["value"] is None
    assert board["series"]["before"] == []
    assert "does not reach back 180 days" in board["bridge_why"]
    assert not any(name in gathered(tmp_path, frame).people["change_90"].unique() for name in range(1, 6))


def test_the_best_tenth_is_the_best_tenth(tmp_path: Path) -> None:
    """By net, ties by id: of 25 buyers two."""
    rows = [(f"c{number:02d}", 5, 10.0) for number in range(25)]
    found = gathered(tmp_path, lines(*rows, ("c07", 4, 5.0), ("c03", 3, -9.0), ("old", 400, 500.0)))
    ready = prepared(found)
    people = ready.people.set_index("customer_id")
    assert people.index[people["top_90"]].tolist() == ["c00", "c07"]
    assert people.index[people["top_all"]].tolist() == ["c07", "old"]
    shared = compose(ready, None)["periods"]["90"]["concentration"]
    assert (shared["customers"], shared["top_customers"], shared["group"]) == (25, 2, "top:90")
    assert (shared["revenue"], shared["top_revenue"]) == (246.0, 25.0)
    assert shared["top_share"] == pytest.approx(25 / 246, abs=1e-6)
    assert shared["curve"][:3] == [
        [0.0, 0.0],
        [0.04, pytest.approx(15 / 246, abs=1e-6)],
        [0.08, shared["top_share"]],
    ]
    assert shared["curve"][-1] == [1.0, 1.0]
    assert {name for name in people if str(name).startswith(("net_", "top_"))} == {
        f"{kind}_{key}" for kind in ("net", "top") for key in ("30", "90", "180", "365", "all")
    }
    assert not [name for name in people if str(name).startswith("before_")]


def test_the_curve_has_a_hundred_steps(tmp_path: Path) -> None:
    found = gathered(tmp_path, shop_lines(900, 400, seed=6))
    shared = compose(prepared(found), None)["periods"]["365"]["concentration"]
    assert len(shared["curve"]) == 101
    people = found.people[found.people["bought_365"]]
    best = people["net_365"].sort_values(ascending=False).to_numpy()
    for share, revenue in shared["curve"]:
        taken = round(share * len(best))
        assert revenue == pytest.approx(best[:taken].sum() / best.sum(), abs=2e-6)


def test_risk_is_compared_with_the_forecast_nearest_to_the_start(tmp_path: Path) -> None:
    found = gathered(tmp_path, shop_lines(300, 800, seed=2))
    earlier = tuple(
        Forecast(LAST - dt.timedelta(days=age), customers, spend)
        for age, customers, spend in ((360, 10.0, 1000.0), (180, 40.0, 50.0), (90, 30.4, 0.0))
    )
    risk = found.people["bought_90"].to_numpy()
    told = written(found, at_risk=risk, forecasts=earlier)["periods"]
    number = int(risk.sum())
    wanted = {"30": (90, 30.4), "90": (90, 30.4), "180": (180, 40.0), "365": (360, 10.0)}
    for key, (age, customers) in wanted.items():
        mine, money = card(told[key], "at_risk"), card(told[key], "revenue_at_risk")
        assert mine["since"] == money["since"] == (LAST - dt.timedelta(days=age)).isoformat()
        assert mine["change"] == pytest.approx(number / customers - 1, abs=1e-6)
        assert money["value"] == 100.0
        assert [value for _, value in mine["spark"]] == [10, 40, 30, number]
    # Nothing was at stake then: there is no relative change.
    assert card(told["90"], "revenue_at_risk")["change"] is None
    assert card(told["all"], "at_risk")["change"] is None


def test_findings_are_of_the_default_period_where_they_do_not_follow_it(tmp_path: Path) -> None:
    found = gathered(tmp_path, shop_lines(300, 800, seed=2))
    told = compose(prepared(found), Red(50, 10.0, 3.0, 900.0))["periods"]
    red = [key for key, board in told.items() for finding in board["insights"] if finding["key"] == "red"]
    assert red == ["90"]


def test_the_rows_of_people_do_not_depend_on_those_of_the_file(tmp_path: Path) -> None:
    frame = shop_lines(200, 700, seed=9)
    first = compose(prepared(gathered(tmp_path, frame)), None)
    other = compose(prepared(gathered(tmp_path, frame.sample(frac=1, random_state=0), buckets=5)), None)
    assert json.dumps(first) == json.dumps(other)
