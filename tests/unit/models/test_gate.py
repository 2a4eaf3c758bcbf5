from typing import Any

import pytest

from models import gate
from models.backtest import Origin
from models.btyd import Btyd

KNOWN = Btyd(0.7, 60.0, 0.8, 2.4, 0.0)
DOUBTED = Btyd(0.7, 60.0, 0.001, 2.4, 0.0)


def _answers(frame: Any, purchases: Btyd = KNOWN, no_backtest: str | None = None) -> dict[str, Any]:
    return {row["question"]: row for row in gate.answers(frame, 90, purchases, no_backtest)}


def test_each_answer_has_its_reason_in_the_customers_numbers(shop: Any) -> None:
    frame = shop.past.frame
    found = _answers(frame)
    first = found["Who buys in the next 90 days, and how much?"]
    buyers = int(frame["actual_flag"].sum())
    assert first["because"].startswith(f"{len(frame)} customers have a history, and {buyers} of them")
    repeated = int((frame["active_days"] > 1).sum())
    assert f"{repeated} customers came back" in found["Who is still a customer?"]["because"]
    assert all(row["because"].endswith(".") for row in found.values())


@pytest.mark.parametrize(
    ("question", "change", "can"),
    [
        ("Does what they bought matter?", {"unique_products": 3.0}, True),
        ("Does what they bought matter?", {"unique_products": 0.0}, False),
        ("Do returns matter?", {"returns_share": 0.1}, True),
        ("Do returns matter?", {"returns_share": 0.0}, False),
        ("Is it the season or the customer?", {"tenure_days": 629.0}, True),
        ("Is it the season or the customer?", {"tenure_days": 628.0}, False),
        ("What is a customer worth over 12 months?", {"active_days": 1.0}, False),
        ("What is a customer worth over 12 months?", {"active_days": 2.0}, True),
        ("Would an offer change what they do?", {}, False),
    ],
)
def test_what_is_not_in_the_file_cannot_be_answered(
    shop: Any, question: str, change: dict[str, float], can: bool
) -> None:
    assert _answers(shop.past.frame.assign(**change))[question]["can"] is can


def test_doubts_and_a_missing_backtest_are_passed_on(shop: Any) -> None:
    found = _answers(shop.past.frame, DOUBTED, "The data does not reach back another horizon.")
    assert not found["Who is still a customer?"]["can"]
    assert "anybody leaving" in found["Who is still a customer?"]["because"]
    before = found["How far off were such predictions before?"]
    assert (before["can"], before["because"]) == (False, "The data does not reach back another horizon.")


def test_cutoffs_are_used_as_far_back_as_there_is_enough(shop: Any) -> None:
    newest, middle, oldest = shop.past, *shop.earlier
    few = Origin(oldest.cutoff, oldest.frame.head(20))
    assert gate.usable_origins([newest, middle, oldest], 90) == ([newest, middle, oldest], None)
    assert gate.usable_origins([newest, middle, few], 90) == ([newest, middle], None)
    usable, lacking = gate.usable_origins([newest, few, middle], 90)
    assert usable == [newest]
    assert lacking is not None
    assert lacking.startswith("A backtest needs at least 50 customers")
    assert gate.usable_origins([newest], 90) == ([newest], "The data does not reach back another horizon.")
