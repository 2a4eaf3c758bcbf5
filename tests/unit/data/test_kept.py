"""Answers are worked out once, by one of those who ask, and let go when others are asked for."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from data.kept import Kept


def test_an_answer_is_worked_out_once_for_all_who_ask_at_the_same_time() -> None:
    kept, asked, together = Kept(), [], threading.Barrier(4)

    def ask() -> object:
        asked.append(1)
        return object()

    def one(_: int) -> object:
        together.wait()
        return kept.get("key", ask)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(one, range(4)))
    assert len(asked) == 1
    assert all(each is found[0] for each in found)
    assert "key" in kept


def test_the_least_used_is_let_go() -> None:
    kept = Kept(2)
    for key in ("a", "b", "a", "c"):
        kept.get(key, lambda key=key: key)
    assert [key in kept for key in ("a", "b", "c")] == [True, False, True]
    assert kept.get("b", lambda: "again") == "again"


def test_without_a_limit_all_are_kept() -> None:
    kept = Kept()
    for key in range(1000):
        kept.get(key, lambda key=key: key)
    assert all(key in kept for key in range(1000))


def test_what_fails_is_asked_for_again() -> None:
    kept = Kept()
    with pytest.raises(ZeroDivisionError):
        kept.get("key", lambda: 1 / 0)
    assert "key" not in kept
    assert kept.get("key", lambda: 2.0) == 2.0
