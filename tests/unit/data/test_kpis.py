"""Overview figures against the same figures counted by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from data.engine import connect
from data.kpis import overview, retention_rate


def frame(rows: list[tuple[float, float, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["orders_365", "spend_365", "pred_prob"])


def test_cards_count_and_compare() -> None:
    past = frame([(1, 100, 0.2), (0, 0, 0.1)])
    score = frame([(2, 50.5, 0.5), (1, 70, 0.49), (3, 10, 0.51), (0, 0, 0.0)])
    cards = {card["key"]: card for card in overview(past, score, (0.4, 0.5), 90)["kpis"]}
    assert (cards["customers"]["value"], cards["customers"]["change"]) == (4, 1.0)
    assert (cards["at_risk"]["value"], cards["at_risk"]["change"]) == (2, 1.0)
    assert cards["revenue_at_risk"]["value"] == pytest.approx(120.5)
    assert cards["revenue_at_risk"]["change"] == pytest.approx(0.205)
    assert cards["retention_rate"]["value"] == 0.4
    assert cards["retention_rate"]["change"] == pytest.approx(-0.1)
    assert all("90 days" in card["definition"] for card in cards.values())


def test_nothing_to_compare_with_is_none() -> None:
    cards = {
        card["key"]: card for card in overview(frame([]), frame([(1, 1, 0.1)]), (None, None), 90)["kpis"]
    }
    assert cards["customers"]["change"] is None
    assert cards["retention_rate"]["value"] is None


def test_retention_counts_buyers_not_returners(tmp_path: Path) -> None:
    end = dt.date(2025, 12, 31)
    rows = [
        ("a", 15, 10),
        ("a", 5, 10),
        ("b", 12, 10),
        ("b", 3, -10),
        ("c", 19, 10),
        ("c", 0, 5),
        ("d", 2, 9),
    ]
    frame = pd.DataFrame(
        [
            {"customer_id": who, "day": end - dt.timedelta(days=age), "amount": amount}
            for who, age, amount in rows
        ]
    )
    connection = connect([tmp_path], threads=1)
    connection.register("frame", frame)
    path = tmp_path / "lines.parquet"
    connection.execute(
        "COPY (SELECT customer_id, day::DATE AS day, amount::DECIMAL(18,4) AS amount, NULL::DOUBLE AS quantity"
        f" FROM frame) TO '{path}' (FORMAT parquet)"
    )
    # Bought 10 to 19 days ago: a, b, c; again in the last 10 days: a, c (b only brought something back).
    assert retention_rate(connection, [[path]], end, 10) == pytest.approx(2 / 3)
    assert retention_rate(connection, [[path]], end - dt.timedelta(days=40), 10) is None
    connection.close()
