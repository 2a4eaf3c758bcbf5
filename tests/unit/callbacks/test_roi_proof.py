"""The tab "Plan the proof": its sentences and cells, from plans worked out for real."""

from __future__ import annotations

import numpy as np
import pytest

from callbacks.roi_proof import in_words
from models.campaign.customers import Customers
from models.campaign.params import CampaignParams
from models.campaign.power import Proof, plan


def planned(count: int, probability: float, **more: float) -> Proof:
    """The plan for customers who are all alike and spend 50 whenever they buy."""
    chance = np.full(count, probability)
    point = (np.zeros(2), np.array([0.0, 1.0]))
    customers = Customers(chance, 50.0 * chance, np.zeros(count), {}, 90, point)
    return plan(customers, CampaignParams(horizon_days=90, **more))  # type: ignore[arg-type]


def test_a_plan_that_can_be_measured_asks_for_nothing_else() -> None:
    told = in_words(planned(100_000, 0.2, discount=0.0, margin=0.5, uplift=0.5), "EUR")
    assert told["tone"] == "more"
    assert "This can be measured" in told["verdict"]
    assert not any(text.startswith("What would:") for text in told["advice"])
    assert told["rows"][0][0] == "Customers who buy"
    assert all(len(row) == len(told["head"]) for row in told["rows"])


def test_a_plan_that_cannot_says_what_would() -> None:
    told = in_words(planned(400, 0.1, discount=0.15, margin=0.3, uplift=0.1), "EUR")
    assert told["tone"] == "unclear"
    assert any(text.startswith("What would:") for text in told["advice"])
    assert told["rows"][0][5].startswith("not with 400: it takes")


# 10 % buy, half again with the offer, 800 of 4,000 left out: 2.802 x sqrt(0.15 x 0.85 / 3,200 + 0.1 x 0.9 / 800).
@pytest.mark.parametrize(("customers", "expected"), [(2, "more than everybody"), (4000, "3.46 points")])
def test_no_difference_is_more_than_everybody(customers: int, expected: str) -> None:
    assert in_words(planned(customers, 0.1), "EUR")["rows"][0][2] == expected
