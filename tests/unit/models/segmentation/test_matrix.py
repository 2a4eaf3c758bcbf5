"""Customers as comparable numbers: what is scaled, what becomes columns, and what is left out with words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import InputError
from models.segmentation.matrix import Encoder, fit_encoder
from models.segmentation.ordinal import levels_of

LABELS = {"a0": "City", "a1": "Rating", "a2": "Satisfaction Level", "a3": "Note", "monetary": "Spent"}


def customers(count: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "customer_id": [f"c{number:04}" for number in range(count)],
            "recency_days": rng.integers(0, 365, count),
            "monetary": rng.lognormal(4.0, 1.2, count),
            "a0": rng.choice(["Bonn", "Kiel", "Ulm"], count, p=[0.6, 0.3, 0.1]),
            "a1": rng.normal(4.0, 0.5, count),
        }
    )


def test_recency_frequency_and_money_together_are_in_logs_whatever_their_skewness() -> None:
    frame = pd.DataFrame(
        {
            "recency_days": np.repeat(np.arange(1.0, 51.0), 2),
            "frequency": np.tile([1.0, 2.0], 50),
            "monetary": np.repeat(np.arange(1.0, 51.0), 2),
        }
    )
    encoder, notes = fit_encoder(frame, ["recency_days", "frequency", "monetary"], "auto", {})
    assert {part["scaling"] for part in encoder.described()} == {"logarithm, standardised"}
    low, high = np.quantile(frame["recency_days"], (0.005, 0.995))
    logs = np.log1p(np.clip(frame["recency_days"], low, high))
    np.testing.assert_allclose(encoder.transform(frame)[:, 0], (logs - logs.mean()) / logs.std(ddof=0))
    assert notes == []
    two, _ = fit_encoder(frame, ["recency_days", "monetary"], "auto", {})
    assert {part["scaling"] for part in two.described()} == {"standardised"}
    frame.loc[:5, "monetary"] = -5.0
    mostly, _ = fit_encoder(frame, ["recency_days", "frequency", "monetary"], "auto", {})
    assert mostly.described()[2]["scaling"] == "standardised"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"age": [4]}, "There is only one customer: segments need at least two who differ."),
        (
            {"age": [4, 4, 4], "city": ["x", "x", "x"]},
            "Every customer has the same values in what they would be compared by, so there is nothing to tell "
            "segments apart: choose other columns.",
        ),
        (
            {"age": [4, 4, 4], "name": ["x", "y", "z"]},
            "There is nothing to tell segments apart by. age was left out: every customer has the same value. "
            "name was left out: nearly every customer has another value. Choose other columns.",
        ),
    ],
)
def test_nothing_to_compare_says_why(values: dict[str, list[object]], said: str) -> None:
    frame = pd.DataFrame(values)
    with pytest.raises(InputError) as error:
        fit_encoder(frame, list(values), "auto", {})
    assert str(error.value) == said


def test_skewed_money_is_taken_in_logs_and_clipped_at_the_half_percents() -> None:
    frame = customers()
    frame.loc[0, "monetary"] = 1e9
    encoder, notes = fit_encoder(frame, ["recency_days", "monetary"], "auto", LABELS)
    money = frame["monetary"].to_numpy()
    low, high = np.quantile(money, (0.005, 0.995))
    logs = np.log1p(np.clip(money, low, high))
    expected = (logs - logs.mean()) / logs.std()
    np.testing.assert_allclose(encoder.transform(frame)[:, 1], expected, atol=1e-12)
    assert [part["scaling"] for part in encoder.described()] == ["standardised", "logarithm, standardised"]
    assert notes == []


@pytest.mark.parametrize(("scaling", "centre", "scale"), [("standard", 30.0, 16.0), ("none", 0.0, 1.0)])
def test_the_other_scalings_take_no_logs(scaling: str, centre: float, scale: float) -> None:
    values = np.array([10.0, 20.0, 30.0, 30.0, 60.0])
    encoder, _ = fit_encoder(pd.DataFrame({"x": values}), ["x"], scaling, {})
    low, high = (values.min(), values.max()) if scaling == "none" else np.quantile(values, (0.005, 0.995))
    clipped = np.clip(values, low, high)
    if scaling == "standard":
        centre, scale = clipped.mean(), clipped.std()
    np.testing.assert_allclose(
        encoder.transform(pd.DataFrame({"x": values}))[:, 0], (clipped - centre) / scale
    )


def test_robust_scaling_goes_by_median_and_quartiles_and_by_the_deviation_where_these_coincide() -> None:
    frame = pd.DataFrame({"x": np.arange(101.0) / 4, "y": [0.0] * 90 + list(range(1, 12))})
    encoder, _ = fit_encoder(frame, ["x", "y"], "robust", {})
    matrix = encoder.transform(frame)
    np.testing.assert_allclose(matrix[75, 0], 1.349 * 25 / 50)
    assert matrix[50, 0] == 0.0
    assert matrix[:, 1].std() == pytest.approx(1.0)


def test_a_few_amounts_below_zero_count_as_zero_and_are_told() -> None:
    frame = customers()
    frame.loc[[3, 4, 5], "monetary"] = [-50.0, -700.0, -3.0]
    encoder, notes = fit_encoder(frame, ["monetary"], "auto", LABELS)
    matrix = encoder.transform(frame)
    assert notes == ["Spent is below zero for 3 customers; they count as zero."]
    assert matrix[3, 0] == matrix[4, 0] == matrix[:, 0].min()
    frame.loc[:99, "monetary"] *= -1
    encoder, _ = fit_encoder(frame, ["monetary"], "auto", LABELS)
    assert encoder.described()[0]["scaling"] == "standardised"


def test_a_category_weighs_as_much_as_one_figure_however_many_values_it_has() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"few": rng.choice(list("abc"), 5000), "many": rng.choice(list("abcdefghijkl"), 5000)}
    )
    encoder, _ = fit_encoder(frame, ["few", "many"], "auto", {})
    matrix = encoder.transform(frame)
    names = [column.key for column in encoder.columns]
    for key, columns in (("few", 3), ("many", 12)):
        block = matrix[:, [name == key for name in names]]
        assert block.shape[1] == columns
        assert block.var(axis=0).sum() == pytest.approx(1.0)


def test_two_values_make_one_column_and_truth_values_are_a_category() -> None:
    frame = pd.DataFrame({"a": [True, False, True, True], "b": ["x", "x", "y", "y"]})
    encoder, _ = fit_encoder(frame, ["a", "b"], "none", {"a": "Discount"})
    assert [column.name for column in encoder.columns] == ["Discount: False", "b: y"]
    assert encoder.transform(frame).tolist() == [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]


def test_two_hundred_categories_keep_the_twenty_most_frequent_and_join_the_others() -> None:
    words = [f"w{number:03}" for number in range(200)]
    frame = pd.DataFrame({"a0": [*words * 3, *words[:20] * 2]})
    encoder, notes = fit_encoder(frame, ["a0"], "none", LABELS)
    assert [column.part for column in encoder.columns] == [*words[:20], "Other"]
    matrix = encoder.transform(frame)
    assert matrix[:, :20].sum() == 100
    assert matrix[:, 20].sum() == 540
    assert notes == [
        "City has 200 different values: the 20 most frequent count by name, the others together."
    ]


def test_words_met_later_join_the_others_or_are_none_of_those_known() -> None:
    frame = pd.DataFrame({"a0": ["Bonn", "Kiel", "Ulm"] * 3})
    encoder, _ = fit_encoder(frame, ["a0"], "none", {})
    later = encoder.transform(pd.DataFrame({"a0": ["Rome", "Ulm", None]}))
    assert later.tolist() == [[0, 0, 0], [0, 0, 1], [0, 0, 0]]


def test_satisfaction_keeps_its_order() -> None:
    frame = pd.DataFrame({"a2": ["Satisfied", "Unsatisfied", "Neutral", None] * 5})
    encoder, notes = fit_encoder(frame, ["a2"], "auto", LABELS)
    matrix = encoder.transform(frame)[:, 0]
    assert matrix[1] < matrix[2] < matrix[0]
    assert matrix[2] - matrix[1] == pytest.approx(matrix[0] - matrix[2])
    assert matrix[3] == matrix[2]
    assert encoder.described()[0]["scaling"] == "in order (Unsatisfied, Neutral, Satisfied), standardised"
    assert notes == ["5 customers have no Satisfaction Level; they count as the middle of the others."]


@pytest.mark.parametrize(
    ("words", "order"),
    [
        (["Gold", "Bronze", "Silver"], ["Bronze", "Silver", "Gold"]),
        (["HIGH", "low", " Medium "], ["low", " Medium ", "HIGH"]),
        (
            ["very_satisfied", "Very-unsatisfied", "neutral"],
            ["Very-unsatisfied", "neutral", "very_satisfied"],
        ),
        (["excellent", "poor", "good"], ["poor", "good", "excellent"]),
        (["Gold", "Bonn"], None),
        (["gold", "high"], None),
        (["Gold", "gold"], None),
        (["Gold"], None),
        ([], None),
    ],
)
def test_words_with_an_order_are_known_by_all_of_them(words: list[str], order: list[str] | None) -> None:
    found = levels_of(words)
    assert (None if found is None else sorted(found, key=found.__getitem__)) == order


def test_what_cannot_be_compared_is_left_out_with_the_reason() -> None:
    frame = customers().assign(
        empty=np.nan,
        same=7,
        one_word="x",
        rare=[1.0] + [0.0] * 399,
        index=range(1000, 1400),
        order_id=[3 * number for number in range(400)],
        day=pd.Timestamp("2026-01-01"),
        a3=[f"note {number}" for number in range(400)],
        infinite=np.inf,
    )
    columns = [name for name in frame if name not in ("recency_days", "monetary", "a0", "a1")]
    encoder, notes = fit_encoder(frame, [*columns, "a1"], "auto", LABELS)
    assert [column.name for column in encoder.columns] == ["Rating"]
    assert notes == [
        "customer_id was left out: it names the customers.",
        "empty was left out: no customer has a value.",
        "same was left out: every customer has the same value.",
        "one_word was left out: every customer has the same value.",
        "rare was left out: nearly every customer has the same value.",
        "index was left out: it numbers the customers.",
        "order_id was left out: it numbers the customers.",
        "day was left out: dates cannot be compared as amounts.",
        "Note was left out: nearly every customer has another value.",
        "infinite was left out: no customer has a value.",
    ]


def test_gaps_are_filled_with_the_middle_and_words_get_a_column_of_their_own() -> None:
    frame = pd.DataFrame({"monetary": [1.0, 2.0, np.nan, 9.0], "a0": ["Bonn", None, "Kiel", "Bonn"]})
    encoder, notes = fit_encoder(frame, ["monetary", "a0"], "none", LABELS)
    assert [column.name for column in encoder.columns] == [
        "Spent",
        "City: Bonn",
        "City: Kiel",
        "City: Not known",
    ]
    assert encoder.transform(frame).tolist() == [[1, 1, 0, 0], [2, 0, 0, 1], [2, 0, 1, 0], [9, 1, 0, 0]]
    assert notes == ["1 customer has no Spent; they count as the middle of the others (2)."]


@pytest.mark.parametrize("scaling", ["auto", "standard", "robust", "none"])
def test_absurd_amounts_stay_finite(scaling: str) -> None:
    frame = pd.DataFrame({"x": [1.0, -1e308, 1e308, 5.0, 3.0, 9.0]})
    encoder, _ = fit_encoder(frame, ["x"], scaling, {})
    assert np.isfinite(encoder.transform(frame) ** 2).all()


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"x": [1.0, 1.0, 1.0]}), "Every customer has the same values"),
        (pd.DataFrame({"x": [1.0]}), "There is only one customer"),
        (pd.DataFrame({"x": np.zeros(0)}), "There are no customers"),
        (pd.DataFrame({"x": [np.nan, np.nan]}), "no customer has a value"),
    ],
)
def test_nothing_to_compare_by_is_said(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(InputError, match=message):
        fit_encoder(frame, ["x"], "auto", {})


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="There is no column 'Spent'"):
        fit_encoder(customers()[["a0"]], ["monetary"], "auto", LABELS)
    encoder, _ = fit_encoder(customers(), ["monetary", "a0"], "auto", LABELS)
    with pytest.raises(InputError, match="These customers have no Spent, City"):
        encoder.transform(pd.DataFrame({"x": [1]}))


def test_the_order_of_the_customers_changes_no_byte() -> None:
    frame = customers().assign(a2=["good", "poor", None, "fair"] * 100)
    shuffled = frame.sample(frac=1.0, random_state=3)
    features = ["recency_days", "monetary", "a0", "a1", "a2"]
    first, _ = fit_encoder(frame, features, "auto", LABELS)
    second, _ = fit_encoder(shuffled, features, "auto", LABELS)
    assert json.dumps(first.to_dict()) == json.dumps(second.to_dict())


def test_what_is_saved_makes_the_same_numbers() -> None:
    frame = customers().assign(a2=["good", "poor", None, "fair"] * 100)
    encoder, _ = fit_encoder(frame, ["recency_days", "monetary", "a0", "a1", "a2"], "auto", LABELS)
    again = Encoder.from_dict(json.loads(json.dumps(encoder.to_dict(), allow_nan=False)))
    assert again == encoder
    np.testing.assert_array_equal(again.transform(frame), encoder.transform(frame))


@pytest.mark.parametrize(
    "damage",
    [{"kind": "colour"}, {"scale": 0.0}, {"scale": float("nan")}, {"centre": [1.0]}, {"words": None}],
)
def test_damaged_columns_are_refused(damage: dict[str, object]) -> None:
    encoder, _ = fit_encoder(customers(), ["a0"], "auto", LABELS)
    saved = encoder.to_dict()
    saved["parts"][0].update(damage)
    with pytest.raises((KeyError, TypeError, ValueError)):
        Encoder.from_dict(saved)


def test_the_public_customer_file_is_understood(real_data: Path) -> None:
    folder = real_data / "ecommerce_customer_behavior"
    frame = pd.read_csv(folder / "E-commerce Customer Behavior - Sheet1.csv")
    encoder, notes = fit_encoder(frame, list(frame.columns), "auto", {})
    described = {part["key"]: part["scaling"] for part in encoder.described()}
    assert described["Membership Type"] == "in order (Bronze, Silver, Gold), standardised"
    assert described["Satisfaction Level"] == "in order (Unsatisfied, Neutral, Satisfied), standardised"
    assert notes == [
        "Customer ID was left out: it numbers the customers.",
        "2 customers have no Satisfaction Level; they count as the middle of the others.",
    ]
    assert np.isfinite(encoder.transform(frame)).all()
