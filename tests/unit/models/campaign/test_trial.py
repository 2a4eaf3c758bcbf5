"""The file of a test: what is read, what is left out and said, and what cannot be used."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.errors import InputError
from models.campaign.trial import trial_of


def frame(**columns: Any) -> pd.DataFrame:
    """A test of six customers, three in each arm."""
    start = {
        "arm": ["offer", "none", "offer", "none", "offer", "none"],
        "spend": [1.0, 2.0, 3.0, 4.0, 0.0, 0.0],
    }
    return pd.DataFrame(start | columns)


def test_a_test_is_read_with_the_control_first() -> None:
    found = trial_of(frame(), "none", None)
    assert found.names == ("none", "offer")
    assert found.codes.tolist() == [1, 0, 1, 0, 1, 0]
    assert found.spend.tolist() == [1.0, 2.0, 3.0, 4.0, 0.0, 0.0]
    assert found.converted.tolist() == [1, 1, 1, 1, 0, 0]
    assert (found.discount, found.covariate, found.notes) == (None, None, ())
    assert found.counts() == [3, 3]


def test_text_and_decimals_are_numbers() -> None:
    text = trial_of(frame(spend=["1.5", " 2", "3e1", "", "0", "-4"]), "none", None)
    assert text.spend.tolist() == [1.5, 2.0, 30.0, 0.0, 0.0, -4.0]
    exact = trial_of(
        frame(spend=[Decimal("1.25"), Decimal("2"), None, Decimal(4), Decimal(0), Decimal(0)]), "none", None
    )
    assert exact.spend.tolist() == [1.25, 2.0, 0.0, 4.0, 0.0, 0.0]


def test_what_is_missing_or_returned_is_counted_and_said() -> None:
    found = trial_of(
        frame(spend=[np.nan, 2.0, 3.0, np.nan, -5.0, np.nan], arm=["A", "B", "A", "B", "A", "B"]), "B", None
    )
    assert found.spend.tolist() == [0.0, 2.0, 3.0, 0.0, -5.0, 0.0]
    assert found.converted.tolist() == [0, 1, 1, 0, 0, 0]
    assert found.notes == (
        "3 customers without a spend counted as nothing spent (2 in B, 1 in A).",
        "1 customer with negative spend (more returned than bought) kept as such.",
    )


def test_converted_may_be_given_in_words() -> None:
    found = trial_of(frame(converted=["Yes", "no", "1", "0", "true", ""]), "none", None)
    assert found.converted.tolist() == [1, 0, 1, 0, 1, 0]
    assert found.notes == (
        "1 customer without a value of converted counted by their spend.",
        "2 customers spent something and count as not converted: check both columns.",
    )
    assert trial_of(
        frame(converted=[True, False, True, True, False, False]), "none", None
    ).converted.tolist() == [1, 0, 1, 1, 0, 0]


def test_customers_without_an_arm_are_left_out() -> None:
    found = trial_of(frame(arm=["offer", "none", " ", "none", "offer", None]), "none", None)
    assert found.counts() == [2, 2]
    assert found.notes == ("2 customers without an arm left out.",)


def test_arms_may_be_called_none_or_na() -> None:
    found = trial_of(frame(arm=["NA", "None", "NA", "None", "NA", "None"]), "none", None)
    assert found.names == ("None", "NA")


def test_the_covariate_is_filled_with_the_mean() -> None:
    found = trial_of(frame(before=[1.0, 3.0, np.nan, 5.0, 2.0, 4.0]), "none", "before")
    assert found.covariate is not None
    assert found.covariate.tolist() == [1.0, 3.0, 3.0, 5.0, 2.0, 4.0]
    assert found.notes == ("1 customer without before taken as the mean of all others.",)
    same = trial_of(frame(before=[2.0] * 6), "none", "before")
    assert same.covariate is None
    assert same.notes == ("before is the same for everybody: nothing can be corrected with it.",)
    empty = trial_of(frame(before=[""] * 6), "none", "before")
    assert empty.covariate is None
    assert empty.notes == ("No customer has a value of before: nothing is corrected with it.",)


def test_discounts_written_with_a_minus_are_discounts() -> None:
    found = trial_of(frame(discount=[-1.0, 0.0, -2.5, np.nan, 0.0, 0.0]), "none", None)
    assert found.discount is not None
    assert found.discount.tolist() == [1.0, 0.0, 2.5, 0.0, 0.0, 0.0]


def test_rows_that_repeat_another_are_counted_once() -> None:
    one = frame(customer_id=["a", "b", "c", "d", "e", "f"])
    found = trial_of(pd.concat([one, one.iloc[:2]]), "none", None)
    assert len(found.spend) == 6
    assert found.notes == ("2 rows repeated another exactly: counted once.",)
    blank = trial_of(
        frame(customer_id=["a", "b", "", None, "e", "f"], spend=[1, 2, 3, 3, 0, 0]), "none", None
    )
    assert len(blank.spend) == 6
    assert blank.notes == ("2 customers without an id: whether they are there twice cannot be told.",)


@pytest.mark.parametrize(
    ("given", "control", "told"),
    [
        (frame(customer_id=["a", "b", "c", "a", "e", "f"]), "none", r"1 customer is in more than one arm, such as 'a' in 'none' and 'offer'"),
        (frame(customer_id=["a", "b", "a", "d", "e", "f"]), "none", "1 customer is in the file more than once with different values, such as 'a'"),
        (frame(), "nobody", "No arm is called 'nobody'. There are 'none' and 'offer': choose"),
        (frame(arm=["offer"] * 6), "offer", "Everybody is in the arm 'offer': there is nobody to compare with"),
        (frame(arm=["offer"] * 5 + ["none"]), "none", "Only one customer is in the arm 'none'"),
        (frame(arm=[""] * 6), "none", "No customer has an arm"),
        (frame(spend=["1", "2", "three", "4", "5", "x"]), "none", r"Row 3, spend: 'three' is not a number \(2 of 6 rows\)"),
        (frame(spend=[1, 2, 3, np.inf, 5, 6]), "none", "Row 4, spend: inf is not a number|Row 4, spend: 'inf' is not a number"),
        (frame(spend=[None] * 6), "none", "No customer has a value of spend"),
        (frame(converted=[0, 1, 2, 0, 1, 0]), "none", "Row 3, converted: '2' must be 1"),
        (frame().drop(columns="arm"), "none", "There is no column 'arm'"),
        (pd.DataFrame({"arm": [f"x{n}" for n in range(60)], "spend": 1.0}), "x1", "There are 60 different arms, such as 'x0', 'x1', 'x10', 'x11' and 'x12'"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said(given: pd.DataFrame, control: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        trial_of(given, control, None)


def test_an_unknown_covariate_is_said() -> None:
    with pytest.raises(InputError, match="There is no column 'before' to correct with"):
        trial_of(frame(), "none", "before")
