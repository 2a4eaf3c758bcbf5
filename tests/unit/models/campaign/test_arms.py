"""Who is held out: drawn by chance that depends on nothing but ids and seed."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pytest

from data.errors import InputError
from models.campaign.arms import arms, held_out

IDS = [f"C{place:05d}" for place in range(1000)]


def test_the_lowest_hashes_are_held_out_exactly_as_many_as_asked_for() -> None:
    treat = arms(IDS, 0.2, 42)
    assert int((~treat).sum()) == 200
    by_hash = sorted(IDS, key=lambda one: hashlib.sha256(f"42:{one}".encode()).hexdigest())
    assert {one for one, chosen in zip(IDS, treat, strict=True) if not chosen} == set(by_hash[:200])


def test_the_order_of_rows_and_the_kind_of_column_change_nothing() -> None:
    places = np.random.default_rng(1).permutation(len(IDS))
    treat = arms(IDS, 0.35, 7)
    assert arms([IDS[place] for place in places], 0.35, 7).tolist() == treat[places].tolist()
    assert arms(pa.array(IDS), 0.35, 7).tolist() == treat.tolist()
    assert arms(pa.chunked_array([IDS[:10], IDS[10:]]), 0.35, 7).tolist() == treat.tolist()


def test_another_seed_draws_others_and_a_larger_holdout_holds_the_smaller_one() -> None:
    small, large, other = arms(IDS, 0.1, 42), arms(IDS, 0.3, 42), arms(IDS, 0.1, 43)
    assert not (~small & large).any()
    # Of two independent draws of a tenth about one in ten is shared.
    assert 2 <= int((~small & ~other).sum()) <= 25


def test_the_draw_is_fair_over_seeds() -> None:
    often = sum((~arms(IDS[:50], 0.4, seed)).astype(int) for seed in range(500))
    assert int(often.sum()) == 20 * 500
    # 500 draws with probability 0.4: 200, standard deviation 11.
    assert often.min() > 155
    assert often.max() < 245


@pytest.mark.parametrize(
    ("customers", "share", "held"), [(2, 0.01, 1), (2, 0.9, 1), (3, 0.9, 2), (10, 0.2, 2), (1000, 0.0001, 1)]
)
def test_each_arm_has_somebody(customers: int, share: float, held: int) -> None:
    assert held_out(customers, share) == held
    assert int((~arms(IDS[:customers], share, 1)).sum()) == held


@pytest.mark.parametrize(("ids", "told"), [([], "nobody"), (["one"], "one customer")])
def test_who_cannot_be_divided_is_told(ids: list[str], told: str) -> None:
    with pytest.raises(InputError, match=f"There is {told} to divide"):
        arms(ids, 0.2, 42)


def test_a_customer_who_is_there_twice_is_named() -> None:
    with pytest.raises(InputError, match="'C00003' is in the audience twice"):
        arms([*IDS, "C00003"], 0.2, 42)
