"""Names of clusters: the archetypes they are nearest to, all different, the same at every refresh."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.segmentation.cluster import fit
from models.segmentation.matrix import fit_encoder
from models.segmentation.naming import given_names, names_of, slug, unique, whole_number
from models.segmentation.params import RFM
from models.segmentation.standing import best_first, centres_of, standing_of


def _centres(*rows: tuple[float, ...], columns: tuple[str, ...] = RFM) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(columns))


def test_the_archetypes_themselves_in_any_order() -> None:
    centres = _centres(
        (0.7, -0.8, -0.8), (-1.3, 1.6, 1.6), (0.3, 0.3, 0.3), (-1.2, -0.3, -0.3), (-0.5, 0.8, 0.8)
    )
    assert names_of(centres) == [
        ("lapsed_low_value", "Lapsed low value"),
        ("champions", "Champions"),
        ("at_risk", "At risk"),
        ("new_or_promising", "New or promising"),
        ("loyal", "Loyal"),
    ]


def test_the_matching_is_the_best_as_a_whole() -> None:
    # Both are nearest to Loyal; together it is shorter when the second is at risk.
    centres = _centres((-0.5, 0.9, 0.9), (-0.2, 0.6, 0.6))
    assert [name for _, name in names_of(centres)] == ["Loyal", "At risk"]


def test_two_of_one_archetype_say_what_sets_them_apart() -> None:
    extra = _centres(
        (-1.3, 1.6, 1.6),
        (-0.5, 0.8, 0.8),
        (0.3, 0.3, 0.3),
        (-1.2, -0.3, -0.3),
        (0.7, -0.8, -0.2),
        (0.7, -0.8, -1.3),
    )
    assert names_of(extra)[4:] == [
        ("lapsed_low_value_higher_spend", "Lapsed low value, higher spend"),
        ("lapsed_low_value_lower_spend", "Lapsed low value, lower spend"),
    ]


def test_none_gets_an_archetype_that_is_its_contrary() -> None:
    # Five clusters and five archetypes, but one of them is far below everybody: never Loyal.
    centres = _centres(
        (-1.3, 1.6, 1.5), (0.2, 0.4, 0.4), (-1.1, -0.2, -0.2), (0.8, -0.9, -0.7), (1.0, -1.5, -4.5)
    )
    names = [name for _, name in names_of(centres)]
    assert names == [
        "Champions",
        "At risk",
        "New or promising",
        "Lapsed low value, higher spend",
        "Lapsed low value, lower spend",
    ]


def test_one_with_nearly_everybody_is_most_customers() -> None:
    centres = _centres((-2.0, 5.0, 6.0), (0.0, 0.0, 0.0))
    assert names_of(centres, [0.001, 0.999]) == [
        ("champions", "Champions"),
        ("most_customers", "Most customers"),
    ]


def test_satisfaction_has_archetypes_of_its_own() -> None:
    columns = ("recency_days", "monetary", "satisfaction")
    centres = _centres(
        (0.5, -1.2, -0.6), (1.2, -0.3, -1.2), (-0.8, 0.1, 0.1), (-0.7, 1.2, 1.2), columns=columns
    )
    assert [name for _, name in names_of(centres)] == ["Occasional", "Dissatisfied", "Loyal", "High spenders"]


@pytest.mark.parametrize(
    ("column", "values", "names"),
    [
        ("monetary", [1.2, 0.0, -1.1], ["High spenders", "Regular", "Occasional"]),
        ("recency_days", [1.2, 0.0, -1.1], ["Lapsed", "Fading", "Recent"]),
    ],
)
def test_one_column_alone(column: str, values: list[float], names: list[str]) -> None:
    assert [name for _, name in names_of(pd.DataFrame({column: values}))] == names


def test_nothing_known_numbers_them() -> None:
    assert names_of(pd.DataFrame(index=range(2))) == [("segment_1", "Segment 1"), ("segment_2", "Segment 2")]


@given(
    st.lists(st.tuples(*[st.floats(-3, 3)] * 3), min_size=1, max_size=12),
    st.sampled_from(
        [RFM, ("recency_days", "monetary", "satisfaction"), ("frequency", "monetary", "satisfaction")]
    ),
)
def test_names_and_keys_are_all_different(rows: list[tuple[float, ...]], columns: tuple[str, ...]) -> None:
    named = names_of(pd.DataFrame(rows, columns=list(columns)))
    assert len(named) == len(rows)
    assert len({key for key, _ in named}) == len({name for _, name in named}) == len(rows)
    assert all(slug(name) == key for key, name in named)


def test_words_of_a_file_stay_and_known_ones_have_the_known_key() -> None:
    assert given_names(["Champions", "Can't Lose Them", "Loyal Customer", "VIP (gold)", "vip gold"]) == [
        ("champions", "Champions"),
        ("cant_lose", "Can't Lose Them"),
        ("loyal", "Loyal Customer"),
        ("vip_gold", "VIP (gold)"),
        ("vip_gold_2", "vip gold"),
    ]
    assert given_names(["0", "1.0", " 2"]) is None
    assert given_names(["0", "one"]) == [("0", "0"), ("one", "one")]


def test_whole_numbers_and_slugs() -> None:
    assert [whole_number(text) for text in ("2", "2.0", "-1", "2.5", "two", "")] == [
        2,
        2,
        -1,
        None,
        None,
        None,
    ]
    assert slug("!!!") == "segment"
    assert unique([("a", "A"), ("a", "A"), ("a", "A")]) == [("a", "A"), ("a_2", "A 2"), ("a_3", "A 3")]


def _shop(customers: int, seed: int) -> pd.DataFrame:
    """Customers like CDNOW's: half bought once, long ago; a few buy often."""
    random = np.random.default_rng(seed)
    rate, leaving = random.gamma(0.55, 1 / 75, customers), random.beta(0.8, 2.4, customers)
    start = random.integers(0, 84, customers).astype(float)
    last, orders = start.copy(), np.ones(customers)
    alive = random.random(customers) > leaving
    while alive.any():
        after = last + random.exponential(1 / np.maximum(rate, 1e-9))
        alive &= after < 540
        last[alive] = after[alive]
        orders[alive] += 1
        alive &= random.random(customers) > leaving
    spent = orders * 35 * random.gamma(3.0, 1 / 3, customers) * random.gamma(6.0, 1 / 6, customers)
    return pd.DataFrame(
        {"recency_days": np.floor(540 - last), "frequency": orders, "monetary": spent.round(2)}
    )


@pytest.mark.parametrize("k", [3, 4])
def test_the_same_customers_drawn_again_bear_the_same_names(k: int) -> None:
    shop = _shop(4000, 11)

    def names(drawn: pd.DataFrame) -> np.ndarray:
        encoder, _ = fit_encoder(drawn, RFM, "auto", {})
        matrix = encoder.transform(drawn)
        found = fit(matrix, "kmeans", k, seed=3, starts=10)
        raw = found.assign(matrix)
        standing = standing_of(drawn, (), {})
        order = np.array(best_first(standing, raw, k))
        keys = np.array([key for key, _ in names_of(centres_of(standing, order[raw].astype(np.int16), k))])
        return keys[order[found.assign(encoder.transform(shop))]]

    first = names(shop)
    again = [names(shop.sample(len(shop), replace=True, random_state=seed)) for seed in range(10)]
    assert len(set(first)) == k
    assert np.mean([(each == first).mean() for each in again]) >= 0.95
    assert all(set(each) == set(first) for each in again)
