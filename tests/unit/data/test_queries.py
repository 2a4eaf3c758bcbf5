"""One filter for count, chart, table and export: they agree, and no value becomes SQL."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data import names
from data.errors import InputError, NotFoundError
from data.queries import COLUMNS, CustomerFilter, CustomerQueries
from models.intervals import BEYOND_ERRORS, ResidualCdf, beyond_chance, red_chances
from tests.factories import DEFAULT_SHORTFALL, customers, publish_analysis

COUNT = 12_000


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return customers(COUNT)


@pytest.fixture(scope="module")
def queries(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> CustomerQueries:
    return CustomerQueries(publish_analysis(tmp_path_factory.mktemp("home"), frame), threads=1)


def colours(frame: pd.DataFrame, threshold: float, level: float) -> pd.Series:
    short, value = frame[names.SHORTFALL], frame[names.SPEND_CDF]
    return pd.Series(
        np.select(
            [(short >= threshold) & (value <= level), (-short >= threshold) & (value >= 1 - level)],
            [names.UNDER, names.OVER],
            names.AS_EXPECTED,
        ),
        index=frame.index,
    )


FILTERS = [
    CustomerFilter(),
    CustomerFilter(min_propensity=0.4),
    CustomerFilter(shortfall_threshold=25.0, level=0.2, performances=(names.UNDER,)),
    CustomerFilter(min_propensity=0.6, performances=(names.UNDER, names.OVER), search="c0001"),
    CustomerFilter(performances=()),
]


@pytest.mark.parametrize("chosen", FILTERS)
def test_every_consumer_sees_the_same_customers(
    queries: CustomerQueries, frame: pd.DataFrame, chosen: CustomerFilter
) -> None:
    threshold = DEFAULT_SHORTFALL if chosen.shortfall_threshold is None else chosen.shortfall_threshold
    colour = colours(frame, threshold, chosen.level)
    reach = (frame[names.PRED_PROB] >= chosen.min_propensity) & frame[
        names.CUSTOMER_ID
    ].str.lower().str.contains(chosen.search)
    expected = frame[reach & colour.isin(chosen.performances)]

    summary = queries.summary(chosen)
    exported = [batch.to_pandas() for batch in queries.export(chosen)]
    ids = set(pd.concat(exported)[names.CUSTOMER_ID]) if exported else set()
    assert summary.customers == queries.count(chosen) == len(expected)
    assert summary.by_performance == {
        name: int((reach & (colour == name)).sum()) for name in names.PERFORMANCES
    }
    assert summary.pred_spend == pytest.approx(expected[names.PRED_SPEND].sum())
    assert summary.actual_spend == pytest.approx(expected[names.ACTUAL_SPEND].sum())
    assert int(queries.bins(chosen).counts.sum()) == len(expected)
    assert ids == set(expected[names.CUSTOMER_ID])
    assert len(queries.page(chosen, start=0, end=10_000)) == min(len(expected), 10_000)
    points = queries.points(chosen)
    pd.testing.assert_frame_equal(points, queries.points(chosen, known=summary))
    assert set(points[names.CUSTOMER_ID]) <= set(expected[names.CUSTOMER_ID])
    if len(expected) <= 5000:
        assert len(points) == len(expected)
    else:
        assert len(points) == pytest.approx(5000, rel=0.1)


def test_sampled_points_are_stratified_and_the_same_at_each_call(queries: CustomerQueries) -> None:
    points = queries.points(CustomerFilter(), limit=900)
    assert points.equals(queries.points(CustomerFilter(), limit=900))
    drawn = points[names.PERFORMANCE].value_counts()
    assert {name: pytest.approx(300, rel=0.3) for name in names.PERFORMANCES} == drawn.to_dict()


def test_zooming_counts_what_is_in_view(queries: CustomerQueries, frame: pd.DataFrame) -> None:
    x = np.log10(frame["frequency"])
    inside = int(((x >= 0.5) & (x <= 1.2) & (frame[names.PRED_PROB].between(0.25, 0.75))).sum())
    zoomed = queries.bins(CustomerFilter(), (0.5, 1.2), (0.25, 0.75))
    # Four-byte axes: a customer on the very edge may fall to either side.
    assert int(zoomed.counts.sum()) == pytest.approx(inside, abs=3)
    assert zoomed.counts.shape == (80, 120)
    assert len(queries.points(CustomerFilter(), (0.5, 1.2), (0.25, 0.75))) <= inside + 3


def test_red_by_chance_matches_outcomes_drawn_from_the_predictions(queries: CustomerQueries) -> None:
    summary = queries.summary(CustomerFilter(shortfall_threshold=8.0))
    red = summary.by_performance[names.UNDER]
    assert summary.red_by_chance == pytest.approx(red, abs=4 * np.sqrt(red))
    assert red > 1000


@pytest.mark.parametrize("chosen", FILTERS[:3])
@pytest.mark.parametrize("sample", [1_000_000, 4_000])
def test_reds_beyond_chance_are_told_as_the_models_tell_them(
    queries: CustomerQueries,
    frame: pd.DataFrame,
    chosen: CustomerFilter,
    sample: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("data.queries.CHANCE_SAMPLE", sample)
    grid = queries.analysis.metrics["spend_distribution"]
    shape = ResidualCdf(grid["lo"], grid["step"], np.array(grid["cdf"]))
    threshold = DEFAULT_SHORTFALL if chosen.shortfall_threshold is None else chosen.shortfall_threshold
    reach = frame[frame[names.PRED_PROB] >= chosen.min_propensity]
    chances = red_chances(reach, shape, threshold, chosen.level)
    summary = queries.summary(chosen)
    assert summary.red_error is not None
    error = float(np.sqrt((chances * (1 - chances)).sum()))
    if sample > COUNT:
        assert summary.red_by_chance == pytest.approx(chances.sum(), rel=1e-6)
        assert summary.red_error == pytest.approx(error, rel=1e-6)
    else:
        # A third of the customers: what the sample does not know counts too.
        assert summary.red_error > error
        assert summary.red_by_chance == pytest.approx(chances.sum(), abs=3 * summary.red_error)
    # The verdict turns at the same number of reds.
    for red in (0, round(chances.sum() + 1.9 * error), round(chances.sum() + 2.1 * summary.red_error) + 1):
        told = replace(summary, by_performance={names.UNDER: red}, red_by_chance=float(chances.sum()))
        assert told.beyond_chance is ((beyond_chance(red, chances) or 0.0) > BEYOND_ERRORS)


def test_no_red_is_beyond_a_chance_of_none(queries: CustomerQueries) -> None:
    summary = queries.summary(CustomerFilter(shortfall_threshold=1e9))
    assert (summary.red_by_chance, summary.red_error, summary.beyond_chance) == (0.0, 0.0, False)


def test_a_higher_threshold_or_level_never_makes_more_red(queries: CustomerQueries) -> None:
    counts = [
        queries.summary(CustomerFilter(shortfall_threshold=float(value))).by_performance[names.UNDER]
        for value in (0, 5, 20, 80, 10_000)
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 0
    strict = [
        queries.summary(CustomerFilter(level=level)).by_performance[names.UNDER] for level in (0.5, 0.2, 0.1)
    ]
    assert strict == sorted(strict, reverse=True)


def test_the_table_is_sorted_and_its_pages_do_not_overlap(queries: CustomerQueries) -> None:
    chosen = CustomerFilter(min_propensity=0.2)
    first, second = queries.page(chosen, start=0, end=100), queries.page(chosen, start=100, end=200)
    assert first[names.SHORTFALL].is_monotonic_decreasing
    assert first[names.SHORTFALL].iloc[-1] >= second[names.SHORTFALL].iloc[0]
    assert not set(first[names.CUSTOMER_ID]) & set(second[names.CUSTOMER_ID])
    by_id = queries.page(chosen, [(names.CUSTOMER_ID, "asc")], 0, 50)
    assert by_id[names.CUSTOMER_ID].is_monotonic_increasing


@pytest.mark.parametrize(
    "sort", [[("customer_id; DROP TABLE past", "asc")], [("shortfall", "asc; --")], [("x", "asc")]]
)
def test_a_sort_outside_the_list_is_refused(queries: CustomerQueries, sort: list[tuple[str, str]]) -> None:
    with pytest.raises(InputError, match="cannot be sorted"):
        queries.page(CustomerFilter(), sort)


def test_an_export_outside_the_list_is_refused(queries: CustomerQueries) -> None:
    with pytest.raises(InputError, match="no column"):
        list(queries.export(CustomerFilter(), ["customer_id", "spend_mu"]))


def test_search_text_is_a_value_and_never_sql(queries: CustomerQueries) -> None:
    for text in ("'; DROP TABLE past; --", "%", "_", "$level"):
        assert queries.summary(CustomerFilter(search=text)).customers == 0
    assert queries.summary(CustomerFilter()).customers == COUNT


def test_the_next_window_has_no_outcome(queries: CustomerQueries) -> None:
    chosen = CustomerFilter(window="next", min_propensity=0.5)
    summary = queries.summary(chosen)
    assert summary.actual_spend is None
    assert summary.red_by_chance is None
    assert tuple(queries.page(chosen).columns) == COLUMNS["next"]
    assert len(queries.points(chosen)) == pytest.approx(min(5000, summary.customers), rel=0.1)


def test_one_customer_with_everything_known(queries: CustomerQueries, frame: pd.DataFrame) -> None:
    row = frame.iloc[17]
    found = queries.customer("past", row[names.CUSTOMER_ID])
    assert found[names.PRED_PROB] == row[names.PRED_PROB]
    assert found["reason_1"] == "recency_days"
    assert queries.averages("past")["monetary"] == pytest.approx(frame["monetary"].mean())
    with pytest.raises(NotFoundError, match="nobody"):
        queries.customer("past", "nobody")


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_propensity": 1.5},
        {"min_propensity": float("nan")},
        {"shortfall_threshold": -1.0},
        {"shortfall_threshold": float("inf")},
        {"level": 0.3},
        {"window": "later"},
        {"performances": ("red",)},
        {"search": "x" * 201},
    ],
)
def test_a_filter_outside_its_limits_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        CustomerFilter(**wrong)  # type: ignore[arg-type]


def test_a_filter_survives_the_address() -> None:
    for chosen in (*FILTERS, CustomerFilter(window="next", at_risk=True)):
        assert CustomerFilter.from_params(chosen.to_params()) == chosen
    assert CustomerFilter().to_params() == {}
    with pytest.raises(InputError):
        CustomerFilter.from_params({"min_propensity": "many"})


def test_no_customers_is_an_answer_too(tmp_path: Path, frame: pd.DataFrame) -> None:
    queries = CustomerQueries(publish_analysis(tmp_path, frame.head(3)), threads=1)
    chosen = CustomerFilter(search="nobody")
    assert queries.summary(chosen).customers == 0
    assert queries.points(chosen).empty
    assert queries.bins(chosen).counts.sum() == 0
