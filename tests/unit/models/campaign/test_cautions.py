"""When the answer of a campaign says more than its figures, and when it keeps quiet."""

from __future__ import annotations

import numpy as np
import pytest

from models.campaign.cautions import of_outcomes, of_question
from models.campaign.customers import Customers
from models.campaign.params import CampaignParams
from models.roi import answer

NORMAL = np.random.default_rng(1).standard_normal(2000)


@pytest.mark.parametrize(
    ("audience", "size", "affordable", "told"),
    [
        (500, 500, None, ()),
        (1, 1, None, ("There is one customer in this audience: nobody else can be contacted.",)),
        (500, 500, 20, ("The budget pays for 20 of the 500 customers.",)),
        (500, 500, 500, ()),
    ],
)
def test_what_is_odd_about_the_question_is_said(
    audience: int, size: int, affordable: int | None, told: tuple[str, ...]
) -> None:
    assert of_question(CampaignParams(contacted=500), audience, size, affordable) == told


def test_a_discount_above_the_margin_is_said_first() -> None:
    found = of_question(CampaignParams(contacted=9, discount=0.3, margin=0.2), 2, 2, 1)
    assert [sentence.split(":")[0] for sentence in found] == [
        "A discount of 30 % takes all of the margin of 20 %",
        "There are 2 customers in this audience",
        "The budget pays for 1 of the 2 customers.",
    ]


def test_outcomes_whose_mean_is_the_expected_profit_say_nothing() -> None:
    draws = 100.0 + 40.0 * (NORMAL - NORMAL.mean())
    assert of_outcomes(draws, 100.0, 102.5) == ()


def test_outcomes_that_are_worse_on_average_say_so_with_both_figures() -> None:
    draws = 1100.0 + 40.0 * (NORMAL - NORMAL.mean())
    (found,) = of_outcomes(draws, 1110.0, 102.5)
    assert found.startswith("Averaged over the possible outcomes the net profit is 1,100, not the 1,110 of")
    assert "a high uplift adds less than a low one takes away" in found


def test_outcomes_that_are_better_on_average_say_so() -> None:
    draws = 1100.0 + 40.0 * (NORMAL - NORMAL.mean())
    (found,) = of_outcomes(draws, 1090.0, 102.5)
    assert "a low uplift takes away less than a high one adds" in found


def test_luck_of_the_draw_is_no_difference() -> None:
    # The range is nothing, as among few customers who hardly ever buy; the mean is off by chance alone.
    draws = np.where(NORMAL > 3.0, 50.0, -0.1)
    assert abs(draws.mean() + 0.1) > 0
    assert of_outcomes(draws, -0.1, 0.0) == ()


def test_near_certain_buyers_make_an_answer_say_so_and_unlikely_ones_do_not() -> None:
    shape = (np.array([-1.0, 0.0, 1.0]), np.array([0.0, 0.5, 1.0]))

    def told(p: float) -> tuple[str, ...]:
        count = 3000
        people = Customers(np.full(count, p), np.full(count, 40.0 * p), np.full(count, 0.5), {}, 90, shape)
        offer = CampaignParams(contacted=count, uplift=0.5, uplift_range=0.6, margin=0.6, contact_cost=0.0)
        return answer(people, offer).cautions

    assert told(0.1) == ()
    (found,) = told(0.65)
    assert found.startswith("Averaged over the possible outcomes the net profit is")
