"""The named grid: each combination of scores has its one segment."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest

from models.segmentation.grid import SEGMENTS, definitions, segment_of, value_score

ALL = list(product(range(1, 6), repeat=3))


def _key(r: int, f: int, m: int) -> str:
    return SEGMENTS[int(segment_of([r], [f], [m])[0])].key


def test_the_eleven_best_to_worst() -> None:
    assert [(rule.key, rule.name) for rule in SEGMENTS] == [
        ("champions", "Champions"),
        ("loyal", "Loyal"),
        ("potential_loyalists", "Potential loyalists"),
        ("new", "New"),
        ("promising", "Promising"),
        ("need_attention", "Need attention"),
        ("about_to_sleep", "About to sleep"),
        ("at_risk", "At risk"),
        ("cant_lose", "Can't lose them"),
        ("hibernating", "Hibernating"),
        ("lost", "Lost"),
    ]


@pytest.mark.parametrize(
    ("scores", "key"),
    [
        ((5, 5, 5), "champions"),
        ((5, 4, 3), "champions"),
        ((4, 5, 5), "loyal"),
        ((3, 3, 4), "loyal"),
        ((5, 2, 2), "potential_loyalists"),
        ((4, 2, 1), "potential_loyalists"),
        ((5, 1, 1), "new"),
        ((5, 1, 5), "new"),
        ((4, 1, 1), "promising"),
        ((4, 1, 5), "promising"),
        ((3, 3, 3), "need_attention"),
        ((3, 1, 5), "need_attention"),
        ((3, 1, 2), "about_to_sleep"),
        ((3, 1, 1), "about_to_sleep"),
        ((2, 5, 4), "cant_lose"),
        ((1, 5, 5), "cant_lose"),
        ((2, 4, 4), "at_risk"),
        ((1, 1, 5), "at_risk"),
        ((2, 2, 2), "hibernating"),
        ((1, 1, 1), "lost"),
        ((1, 1, 2), "lost"),
    ],
)
def test_by_hand(scores: tuple[int, int, int], key: str) -> None:
    assert _key(*scores) == key


def _holding(r: int, f: int, m: int) -> set[str]:
    """The definitions that hold, written anew."""
    value = int((f + m) / 2 + 0.5)
    new = f == 1 and r >= 4
    rules = {
        "champions": r == 5 and value >= 4,
        "loyal": (r == 4 and value >= 4) or (r == 3 and value >= 4),
        "potential_loyalists": r >= 4 and value in (2, 3) and not new,
        "new": r == 5 and f == 1,
        "promising": r == 4 and f == 1,
        "need_attention": r == 3 and value == 3,
        "about_to_sleep": r == 3 and value <= 2,
        "at_risk": r <= 2 and value in (3, 4),
        "cant_lose": r <= 2 and value == 5,
        "hibernating": r == 2 and value <= 2,
        "lost": r == 1 and value <= 2,
    }
    return {key for key, holds in rules.items() if holds}


def test_each_of_the_125_has_exactly_one() -> None:
    for scores in ALL:
        assert _holding(*scores) == {_key(*scores)}, scores
    codes = segment_of(*zip(*ALL, strict=True))
    assert Counter(codes.tolist()).keys() == set(range(len(SEGMENTS)))


def test_mean_is_rounded_half_up_and_unknown_is_the_other() -> None:
    assert value_score([1, 4, 2, 0, 3], [2, 5, 2, 4, 0]).tolist() == [2, 5, 2, 4, 3]


def test_one_of_frequency_and_money_will_do() -> None:
    assert [_key(5, 0, 5), _key(5, 0, 1), _key(5, 1, 0), _key(2, 5, 0)] == [
        "champions",
        "new",
        "new",
        "cant_lose",
    ]


def test_definitions_speak_of_what_is_known() -> None:
    both = definitions()
    assert both[3] == "Bought most recently (R 5), with the fewest orders (F 1)."
    money = definitions(("recency_days", "monetary"))
    assert money[0] == "Bought most recently (R 5), for much (M 4-5)."
    assert money[3] == "Bought most recently (R 5), spent least (M 1)."
    orders = definitions(("recency_days", "frequency"))
    assert orders[0] == "Bought most recently (R 5), often (F 4-5)."
    assert not any("FM" in text for text in money + orders)


def test_definitions_say_how_many_days_the_scores_of_recency_are() -> None:
    said = dict(zip((rule.key for rule in SEGMENTS), definitions(days=(10, 30, 90.5, 1200)), strict=True))
    assert said["champions"] == "Bought most recently (R 5: up to 10 days ago), often and for much (FM 4-5)."
    assert "(R 3-4: over 10, up to 90.5 days ago)" in said["loyal"]
    assert "(R 1-2: over 90.5 days ago)" in said["at_risk"]
    assert "(R 1: over 1,200 days ago)" in said["lost"]
