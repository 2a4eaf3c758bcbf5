from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from dash import html

from data import names
from pages._ui.advice import advice
from pages._ui.customer import Frame, customer_panel, history_section, no_history
from tests.factories import customers
from tests.layouts import text_of

FRAME = Frame("past", 90, "USD", 0.8)
AVERAGES = {"recency_days": 100.0, "frequency": 4.1, "monetary": 100.0}
OUTCOMES = (names.ACTUAL_FLAG, names.ACTUAL_SPEND, names.SHORTFALL, names.PERFORMANCE, names.SPEND_CDF)


def customer(**changed: object) -> dict[str, Any]:
    row = customers(1).iloc[0].to_dict()
    row |= {"pred_prob": 0.77, "pred_spend": 80.0, "actual_spend": 12.0, "shortfall": 68.0, "spend_cdf": 0.08}
    row |= {"performance": names.UNDER, "pred_spend_low": 0.0, "pred_spend_high": 160.0}
    row |= {"monetary": 90.0, "mean_gap_days": 30.0, "recency_days": 20.0}
    return row | changed


def panel(row: dict[str, Any], frame: Frame = FRAME) -> str:
    return text_of(customer_panel(row, AVERAGES, frame))


def test_the_panel_says_what_happened_why_and_what_to_do() -> None:
    told = panel(customer(reason_1="recency_days", recency_days=140.0, reason_1_effect=-0.8))
    assert "Spent $12 of $80 predicted: $68 short, in the lowest 8 % of their own predicted range." in told
    assert "80 % of such customers spend $0 to $160." in told
    assert "last order 140 days ago, usually every 30 days makes buying less likely" in told
    assert "Red: spent less" in told
    assert "What to do Write an e-mail: they still buy, but less." in told


def test_the_interval_has_the_share_of_its_analysis() -> None:
    assert "95 % of such customers spend $0 to $160." in panel(customer(), replace(FRAME, interval=0.95))


def test_the_panel_of_the_future_claims_nothing_that_has_not_happened() -> None:
    row = {name: value for name, value in customer().items() if name not in OUTCOMES}
    told = panel(row, replace(FRAME, window="next"))
    assert "77 % likely to buy within 90 days; $80 expected on average." in told
    assert "Spent $" not in told
    assert "Red" not in told
    assert "Up to the last date This one Average" in told
    assert "Up to the cutoff This one Average" in panel(customer())


def test_a_hostile_id_stays_text() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    body = customer_panel(customer(customer_id=hostile), {}, replace(FRAME, currency=None))
    assert body[0].children == hostile


def test_the_average_has_what_the_analysis_knows_and_nothing_else() -> None:
    row = customer(trend=-2.0, gap_sd_days=12.4, returns_share=0.125, mean_gap_days=float("nan"))
    row.pop("tenure_days")
    row.pop("p_alive")
    table = next(part for part in customer_panel(row, AVERAGES | {"gap_sd_days": 30.0, "trend": 0.06}, FRAME)[::-1]
                 if "Against the average" in text_of(part))  # fmt: skip
    lines = [text_of(line) for line in table.children[1].children[1].children]
    assert lines[:3] == [
        "Days since last order 20 100",
        f"Orders {row['frequency']:.0f} 4.1",
        "Spent before $90 $100",
    ]
    assert "Days between orders – –" in lines
    assert "How much that varies, days 12 30" in lines
    assert "Share sent back 12 % –" in lines
    assert "Orders against 90 days before -2 +0.1" in lines
    assert not [line for line in lines if line.startswith(("Days a customer", "Still a customer"))]
    known = text_of(customer_panel(customer(p_alive=0.81), {"p_alive": 0.4}, FRAME))
    assert "Still a customer 81 % 40 %" in known


def test_the_orders_are_a_chart_with_the_same_in_words() -> None:
    sentences = ("2 orders, on 1 Jan 2025.", "In the 90 days after the cutoff: no order.")
    section = history_section({"data": [], "layout": {}}, sentences)
    chart = next(part for part in section if isinstance(part, html.Figure))
    assert (
        chart.to_plotly_json()["props"]["aria-label"] == f"Chart of orders over time. {' '.join(sentences)}"
    )
    plot, pictures = chart.children
    assert plot.config["displayModeBar"] is False
    assert text_of(pictures) == "PNG SVG", "a picture can be saved all the same"
    assert text_of(section) == f"Orders over time PNG SVG {' '.join(sentences)}"
    told = text_of(customer_panel(customer(), AVERAGES, FRAME, no_history("It is gone.")))
    assert "Orders over time It is gone." in told
    assert "What to do" in told


PAST = [
    ({}, "Write an e-mail: they still buy, but less."),
    ({"monetary": 250.0}, "Call or write personally (they have spent $250, 2.5 times the average): they still buy"),
    ({"actual_spend": 0.0}, "Send an e-mail this week with an offer that ends in 14 days, and one reminder"),
    ({"actual_spend": 0.0, "monetary": 200.0}, "Call or write personally this week (they have spent $200, 2.0 times"),
    ({"actual_spend": 0.0, "mean_gap_days": float("nan")}, "Send one e-mail this week with what goes with their first"),
    ({"performance": names.OVER}, "Thank them by e-mail within a week and ask for a review or a referral"),
    ({"performance": names.OVER, "monetary": 900.0}, "Thank them personally within a week (they have spent $900"),
    ({"performance": names.AS_EXPECTED}, "A reminder without a discount 30 days after the last order is enough."),
    ({"performance": names.AS_EXPECTED, "mean_gap_days": None}, "an e-mail with what goes with the last order"),
    ({"performance": names.AS_EXPECTED, "actual_spend": 0.0}, "Not buying was to be expected"),
]  # fmt: skip
NEXT = [
    ({"pred_prob": 0.5}, "keep offers for others. Suggest something new in 10 days, when the next order is due."),
    ({"pred_prob": 0.5, "recency_days": 60.0}, "Suggest something new now that the next order is due."),
    ({"pred_prob": 0.5, "mean_gap_days": None}, "Suggest something new in the next weeks."),
    ({"pred_prob": 0.49}, "Undecided: send a reminder without a discount in 10 days, when the next order is due"),
    ({"pred_prob": 0.15, "recency_days": 45.0}, "Send a reminder with a small offer this week: they have waited 1.5 times"
     " their usual 30 days"),
    ({"pred_prob": 0.2, "recency_days": 45.0, "monetary": 300.0}, "Call or write personally (they have spent $300, 3.0"),
    ({"pred_prob": 0.2, "mean_gap_days": float("nan")}, "Undecided after one order: send an e-mail with what goes"),
    ({"pred_prob": 0.149}, "Unlikely to return: the newsletter is enough."),
    ({"pred_prob": 0.1, "monetary": 300.0}, "one personal call or letter is worth the try (they have spent $300"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("window", "changed", "expected"),
    [*(("past", *case) for case in PAST), *(("next", *case) for case in NEXT)],
)
def test_what_to_do_names_the_way_the_offer_and_the_time(
    window: str, changed: dict[str, Any], expected: str
) -> None:
    told = advice(customer(**changed), AVERAGES, window, "USD")
    assert expected in told
    assert told.endswith(".")


def test_nobody_is_called_valuable_where_the_average_is_not_known() -> None:
    row = customer(monetary=1e6, actual_spend=0.0)
    for averages in ({}, {"monetary": 0.0}):
        assert "times the average" not in advice(row, averages, "past", "USD")
