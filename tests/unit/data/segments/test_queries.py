"""What the segment explorer is told, held against pandas on the same customers."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import InputError, NotFoundError, StoreError
from data.segments.filter import Region, SegmentFilter
from data.segments.looks import NEW, looks_of
from data.segments.polygon import inside
from data.segments.queries import SegmentQueries
from data.store import SEGMENTS, Store
from tests.segmentations import COUNTRIES, HOSTILE, SEGMENTS_OF, make_segmentation, segmented_customers

COUNT = 900
EDITS = {"loyal": {"into": "champions"}, "champions": {"name": "'; DROP TABLE customers; --", "colour": 12}}
KEYS = [key for key, _ in SEGMENTS_OF["rules"]]
BLOB = Region("frequency", "monetary", ((0.2, 1), (1.4, 1.4), (1.2, 3), (0.6, 2.2), (0.3, 3.5)))


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return segmented_customers(COUNT, "analysis", tuple(range(len(KEYS))))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module", params=[{}, EDITS], ids=["found", "edited"])
def queries(store: Store, frame: pd.DataFrame, request: pytest.FixtureRequest) -> SegmentQueries:
    found = store.segmentation(make_segmentation(store, frame=frame))
    return SegmentQueries(found, looks_of(found.report, request.param), threads=1)


@pytest.fixture(scope="module")
def table(store: Store) -> SegmentQueries:
    found = store.segmentation(make_segmentation(store, 200, kind="customers", method="hdbscan"))
    return SegmentQueries(found, looks_of(found.report, {}), threads=1)


def in_polygon(x: np.ndarray, y: np.ndarray, points: tuple[tuple[float, float], ...]) -> np.ndarray:
    """Even-odd rule by winding over each edge, edge by edge."""
    odd = np.zeros(len(x), dtype=bool)
    for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True):
        crosses = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            odd ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return odd


def expected(frame: pd.DataFrame, chosen: SegmentFilter, queries: SegmentQueries) -> pd.DataFrame:
    """The customers of a filter the slow way."""
    code_of = {look.key: look.codes for look in queries.looks}
    bands, keep = queries.manifest["bands"], pd.Series(True, index=frame.index)
    if chosen.segments:
        keep &= frame["code"].isin([code for key in chosen.segments for code in code_of[key]])
    low, high, top = bands["clv"]
    clv = frame["clv"]
    keep &= {
        "": keep,
        "top10": clv >= top,
        "top25": clv >= high,
        "middle": (clv > low) & (clv < high),
        "bottom25": clv <= low,
    }[chosen.clv]
    churn = frame["churn_risk"]
    keep &= {"": keep, "low": churn < 0.3, "medium": (churn >= 0.3) & (churn < 0.7), "high": churn >= 0.7}[
        chosen.churn
    ]
    for key, values in chosen.where:
        text = frame[key].map(lambda value: "" if pd.isna(value) else value)
        if key in ("a1", "a3"):
            text = text.map(lambda value: value if value == "" else str(int(value)))
        keep &= text.isin(values)
    if chosen.search:
        sought = chosen.search.lower()
        keep &= (
            frame[["customer_id", "a0", "a2"]]
            .apply(lambda column: column.fillna("").str.lower().str.contains(sought, regex=False))
            .any(axis=1)
        )
    if chosen.region is not None:
        axes = [
            queries.metrics[key].coordinate(frame[key]).astype(np.float32).astype(float)
            for key in (chosen.region.x, chosen.region.y)
        ]
        keep &= in_polygon(*axes, chosen.region.points)
    if chosen.flow is not None:
        before, now = chosen.flow
        was = frame["was"].isna() if before == NEW else frame["was"].isin(code_of[before])
        keep &= was & frame["code"].isin(code_of[now])
    if chosen.at_risk:
        keep &= (frame["recency_days"] < 365) & (churn >= 0.5) & (frame["monetary"] >= bands["monetary"][1])
    return frame[keep]


FILTERS = [
    SegmentFilter(),
    SegmentFilter(segments=("champions", "lost")),
    SegmentFilter(clv="top10", churn="low"),
    SegmentFilter(clv="top25", churn="medium"),
    SegmentFilter(clv="middle", churn="high"),
    SegmentFilter(clv="bottom25", where=(("a0", ("France", "")), ("a2", ("Yes",)))),
    *(SegmentFilter(where=(("a0", (value,)),)) for value in HOSTILE),
    SegmentFilter(where=(("a1", ("20", "33", "")), ("a3", ("5", "no number", "nan")))),
    SegmentFilter(where=(("a0", ("' OR 1=1 --",)),)),
    SegmentFilter(search="C0001"),
    SegmentFilter(search="DROP TABLE"),
    SegmentFilter(search="ünï"),
    SegmentFilter(search="%"),
    SegmentFilter(search="' OR '1'='1"),
    SegmentFilter(region=BLOB),
    SegmentFilter(flow=("champions", "champions")),
    SegmentFilter(flow=(NEW, "at_risk")),
    SegmentFilter(at_risk=True),
    SegmentFilter(segments=("at_risk",), churn="high", search="uni", region=BLOB, at_risk=True),
]


@pytest.mark.parametrize("chosen", FILTERS, ids=lambda chosen: str(chosen.to_params())[:60])
def test_every_answer_is_about_the_same_customers(
    queries: SegmentQueries, frame: pd.DataFrame, chosen: SegmentFilter
) -> None:
    right = expected(frame, chosen, queries)
    ids = set(right["customer_id"])
    key_of = {code: look.key for look in queries.looks for code in look.codes}
    sizes = right["code"].map(key_of).value_counts()

    summary = queries.summary(chosen)
    assert queries.count(chosen) == summary.customers == len(right)
    assert summary.by_segment == {look.key: int(sizes.get(look.key, 0)) for look in queries.looks}
    assert summary.revenue == pytest.approx(right["monetary"].sum())
    assert summary.clv == pytest.approx(right["clv"].sum())
    if len(right):
        assert summary.mean_clv == pytest.approx(right["clv"].mean())
        assert summary.mean_churn == pytest.approx(right["churn_risk"].mean(), rel=1e-6)
    else:
        assert summary.mean_clv is summary.mean_churn is None
    assert queries.totals(chosen)["customers"].sum() == len(right)
    assert set(queries.points(chosen, "recency_days", "monetary")["customer_id"]) == ids
    assert queries.boxes(chosen, "clv")["customers"].sum() == len(right)
    assert queries.makeup(chosen, "a0")["customers"].sum() == len(right)
    assert queries.flows(chosen)["customers"].sum() == len(right)
    assert queries.cells(chosen)["customers"].sum() == len(right)
    assert set(queries.page(chosen, end=COUNT)["customer_id"]) == ids
    exported = [batch.to_pandas() for batch in queries.export(chosen)]
    assert {item for part in exported for item in part["customer_id"]} == ids


def test_the_filters_of_these_tests_leave_some_and_drop_some(
    queries: SegmentQueries, frame: pd.DataFrame
) -> None:
    sizes = [queries.count(chosen) for chosen in FILTERS]
    assert sum(0 < size < COUNT for size in sizes) >= 15


def test_segments_compared_are_those_of_pandas(queries: SegmentQueries, frame: pd.DataFrame) -> None:
    chosen = SegmentFilter(churn="low")
    right = expected(frame, chosen, queries)
    grouped = right.groupby(right["code"].map({c: look.key for look in queries.looks for c in look.codes}))
    found = queries.compare(chosen).set_index("key")
    assert list(found.index) == [look.key for look in queries.looks]
    assert list(found["name"]) == [look.name for look in queries.looks]
    assert list(found["colour"]) == [look.colour for look in queries.looks]
    for name, call, column in (
        ("revenue", "sum", "monetary"),
        ("mean_recency_days", "mean", "recency_days"),
        ("median_recency_days", "median", "recency_days"),
        ("mean_frequency", "mean", "frequency"),
        ("median_frequency", "median", "frequency"),
        ("mean_monetary", "mean", "monetary"),
        ("median_monetary", "median", "monetary"),
        ("mean_mean_order_value", "mean", "mean_order_value"),
        ("mean_churn_risk", "mean", "churn_risk"),
        ("mean_clv", "mean", "clv"),
        ("sum_clv", "sum", "clv"),
    ):
        wanted = grouped[column].agg(call)[found.index]
        assert found[name].to_numpy(float) == pytest.approx(wanted.to_numpy(float), rel=1e-6), name
    assert found["customer_share"].sum() == pytest.approx(1)
    assert found["revenue_share"].to_numpy(float) == pytest.approx(
        (found["revenue"] / right["monetary"].sum()).to_numpy(float)
    )
    assert found.attrs["sampled"] is False


def test_boxes_are_the_quantiles_of_pandas(queries: SegmentQueries, frame: pd.DataFrame) -> None:
    found = queries.boxes(SegmentFilter(), "a1")
    key_of = {code: look.key for look in queries.looks for code in look.codes}
    grouped = frame.groupby(frame["code"].map(key_of))["a1"]
    for row in found.to_dict(orient="records"):
        values = grouped.get_group(row["key"]).dropna()
        told = [row[name] for name in ("low", "q1", "median", "q3", "high", "mean")]
        assert told == pytest.approx([*values.quantile([0.05, 0.25, 0.5, 0.75, 0.95]), values.mean()])
        assert row["customers"] == len(values)


def test_the_profile_is_in_standard_deviations_from_all_customers(
    queries: SegmentQueries, frame: pd.DataFrame
) -> None:
    chosen = SegmentFilter(segments=("lost",))
    found = queries.heat(chosen)
    assert set(found["key"]) == {"lost"}
    assert {"monetary", "clv", "a1", "a3", "churn_risk"} <= set(found["metric"])
    assert not {"r", "pc1", "a0"} & set(found["metric"])
    mine = frame[frame["code"] == KEYS.index("lost")]
    for row in found.to_dict(orient="records"):
        values = frame[row["metric"]]
        assert row["average"] == pytest.approx(values.mean(), rel=1e-6)
        assert row["z"] == pytest.approx(
            (mine[row["metric"]].mean() - values.mean()) / values.std(ddof=0), rel=1e-5, abs=1e-6
        )


def test_makeup_tells_the_commonest_values_and_the_rest(queries: SegmentQueries, frame: pd.DataFrame) -> None:
    found = queries.makeup(SegmentFilter(), "a0", top=3)
    common = sorted(COUNTRIES, key=lambda value: (-int((frame["a0"] == value).sum()), value))[:3]
    assert set(found["value"]) == {*common, "Other", "Not known"}
    for key, part in found.groupby("key"):
        codes = next(look.codes for look in queries.looks if look.key == key)
        mine = frame[frame["code"].isin(codes)]["a0"]
        assert part["share"].sum() == pytest.approx(1)
        told = dict(zip(part["value"], part["customers"], strict=True))
        assert told["Not known"] == mine.isna().sum()
        assert told["Other"] == (mine.notna() & ~mine.isin(common)).sum()
        assert {value: told[value] for value in common} == {value: (mine == value).sum() for value in common}


def test_flows_are_real_customers(queries: SegmentQueries, frame: pd.DataFrame) -> None:
    key_of = {float(code): look.key for look in queries.looks for code in look.codes}
    was = frame["was"].map(key_of).fillna(NEW)
    wanted = frame.groupby([was, frame["code"].map(key_of)])["monetary"].agg(["size", "sum"])
    found = queries.flows(SegmentFilter())
    told = {(row["was_key"], row["key"]): row for row in found.to_dict(orient="records")}
    assert set(told) == set(wanted.index)
    for pair, row in wanted.iterrows():
        assert told[pair]["customers"] == row["size"]
        assert told[pair]["revenue"] == pytest.approx(row["sum"])
        assert queries.count(SegmentFilter(flow=pair)) == row["size"]
    newcomers = found[found["was_key"] == NEW]
    assert set(newcomers["was_name"]) == {"Not yet a customer"}
    assert set(newcomers["was_colour"]) == {0}


def test_the_grid_counts_scores(queries: SegmentQueries, frame: pd.DataFrame) -> None:
    fm = np.floor((frame["f"] + frame["m"]) / 2 + 0.5).astype(int)
    wanted = frame.groupby([frame["r"], fm]).size()
    found = queries.cells(SegmentFilter()).groupby(["r", "fm"])["customers"].sum()
    assert found.to_dict() == wanted.to_dict()


def test_points_lie_where_their_values_are(queries: SegmentQueries, frame: pd.DataFrame) -> None:
    found = queries.points(SegmentFilter(), "monetary", "a1", "pc1").set_index("customer_id")
    known = frame[frame["a1"].notna()].set_index("customer_id").loc[found.index]
    assert len(found) == frame["a1"].notna().sum()
    assert found["x"].to_numpy() == pytest.approx(np.log10(1 + np.maximum(known["monetary"], 0)), rel=1e-6)
    assert found["y"].to_numpy() == pytest.approx(known["a1"])
    assert found["z"].to_numpy() == pytest.approx(known["pc1"], rel=1e-6)
    assert found["monetary"].to_numpy() == pytest.approx(known["monetary"])
    assert (found["frequency"] == known["frequency"]).all()


def test_a_sample_is_stratified_and_the_same_at_each_call(queries: SegmentQueries) -> None:
    found = queries.points(SegmentFilter(), "monetary", "frequency", limit=200)
    assert found.equals(queries.points(SegmentFilter(), "monetary", "frequency", limit=200))
    sizes = found["key"].value_counts()
    assert len(sizes) == len(queries.looks)
    assert sizes.to_dict() == {key: pytest.approx(200 / len(queries.looks), rel=0.5) for key in sizes.index}
    assert found.attrs["sampled"] is True


def test_quantiles_of_many_customers_are_a_samples(
    queries: SegmentQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = queries.boxes(SegmentFilter(), "recency_days")
    monkeypatch.setattr("data.segments.grouping.SAMPLE", 500)
    part = queries.boxes(SegmentFilter(), "recency_days")
    assert part.attrs["sampled"] is True
    assert whole.attrs["sampled"] is False
    assert list(part["customers"]) == list(whole["customers"])
    assert list(part["mean"]) == list(whole["mean"])
    assert (part["median"] - whole["median"]).abs().max() < 120
    assert not part["median"].equals(whole["median"])
    assert queries.compare(SegmentFilter()).attrs["sampled"] is True


SORTS = [
    (("monetary", "desc"),),
    (("a1", "asc"), ("monetary", "desc")),
    (("a1", "desc"),),
    (("a0", "asc"),),
    (("customer_id", "desc"),),
    (("segment", "desc"), ("clv", "asc")),
    (("was", "asc"),),
]


@pytest.mark.parametrize("sort", SORTS, ids=str)
def test_pages_follow_each_other_in_the_order_of_the_export(
    queries: SegmentQueries,
    frame: pd.DataFrame,
    sort: tuple[tuple[str, str], ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen = SegmentFilter(churn="high")
    monkeypatch.setattr("data.segments.table._FIRST_ROWS", 80)
    pages = [queries.page(chosen, sort=sort, start=start, end=start + 70) for start in range(0, COUNT, 70)]
    ids = [item for page in pages for item in page["customer_id"]]
    exported = pd.concat([batch.to_pandas() for batch in queries.export(chosen, sort=sort)])
    assert ids == list(exported["customer_id"])
    assert len(ids) == len(set(ids)) == queries.count(chosen)
    # By hand: rank in the order people see, what is not known last, ties by id.
    place = {code: at for at, look in enumerate(queries.looks) for code in look.codes}
    ranks = frame.set_index("customer_id").assign(
        segment=lambda all_: all_["code"].map(place),
        was=lambda all_: all_["was"].map(place),
        a0=lambda all_: all_["a0"].map(
            {
                value: at
                for at, value in enumerate(sorted(COUNTRIES, key=lambda text: (text.casefold(), text)))
            }
        ),
        customer_id=lambda all_: all_.index.map({name: at for at, name in enumerate(sorted(all_.index))}),
    )
    ways = [*sort, ("customer_id", "asc")]
    keys = [
        [
            (bool(pd.isna(value)), 0.0 if pd.isna(value) else value if way == "asc" else -value)
            for value, way in ((ranks.loc[name, column], way) for column, way in ways)
        ]
        for name in ids
    ]
    assert keys == sorted(keys)


def test_a_page_tells_what_people_see(queries: SegmentQueries, frame: pd.DataFrame) -> None:
    found = queries.page(SegmentFilter(), end=COUNT).set_index("customer_id")
    right = frame.set_index("customer_id").loc[found.index]
    look_of = {code: look for look in queries.looks for code in look.codes}
    assert list(found["segment"]) == [look_of[code].name for code in right["code"]]
    assert list(found["segment_key"]) == [look_of[code].key for code in right["code"]]
    assert list(found["colour"]) == [look_of[code].colour for code in right["code"]]
    assert [name == "Not yet a customer" for name in found["was"]] == list(right["was"].isna())
    assert list(found["churn_risk"]) == list(right["churn_risk"])
    assert list(found["monetary"]) == list(right["monetary"])
    for key in ("a0", "a1"):
        told = found[key].tolist()
        assert told == [None if pd.isna(value) else value for value in right[key]]
        assert None in told
    picked = queries.page(SegmentFilter(), ["a0", "monetary"], end=5)
    assert list(picked.columns) == ["a0", "monetary", "segment_key", "colour"]


def test_an_export_has_the_chosen_columns_under_harmless_headings(queries: SegmentQueries) -> None:
    batch = next(iter(queries.export(SegmentFilter(), ["segment", "a2", "a0", "customer_id", "monetary"])))
    assert batch.schema.names == ["segment", '\'=HYPERLINK("x")', "Country", "customer_id", "monetary"]
    plain = next(iter(queries.export(SegmentFilter(), ["a2", "a0"], labelled=False)))
    assert plain.schema.names == ["a2", "a0"]
    assert set(batch.column(0).to_pylist()) == {look.name for look in queries.looks}


def test_columns_and_metrics_that_are_not_there_are_refused(queries: SegmentQueries) -> None:
    hostile = "monetary; DROP TABLE customers; --"
    for ask in (
        lambda: queries.page(SegmentFilter(), [hostile]),
        lambda: queries.page(SegmentFilter(), sort=[(hostile, "asc")]),
        lambda: queries.page(SegmentFilter(), sort=[("monetary", "asc, 1")]),
        lambda: queries.export(SegmentFilter(), [hostile]),
        lambda: queries.points(SegmentFilter(), hostile, "monetary"),
        lambda: queries.boxes(SegmentFilter(), hostile),
        lambda: queries.makeup(SegmentFilter(), hostile),
        lambda: queries.values(hostile),
    ):
        with pytest.raises(InputError):
            ask()
    assert queries.count(SegmentFilter()) == COUNT


def test_one_customer_by_id(queries: SegmentQueries, frame: pd.DataFrame) -> None:
    for row in frame.head(6).to_dict(orient="records"):
        told = queries.customer(row["customer_id"])
        assert told["customer_id"] == row["customer_id"]
        assert told["monetary"] == row["monetary"]
        assert told["a0"] == (None if pd.isna(row["a0"]) else row["a0"])
        assert row["code"] in next(look.codes for look in queries.looks if look.key == told["segment_key"])
    with pytest.raises(NotFoundError, match="C999 is not in"):
        queries.customer("C999")


def test_values_of_an_attribute(queries: SegmentQueries, frame: pd.DataFrame) -> None:
    found = queries.values("a0")
    counts = frame["a0"].value_counts()
    told = dict(zip(found["value"], found["customers"], strict=True))
    assert told.pop(None) == frame["a0"].isna().sum()
    assert told == counts.to_dict()
    assert list(found["customers"]) == sorted(found["customers"], reverse=True)
    assert len(queries.values("a0", top=2)) == 2


def test_what_these_customers_do_not_have_is_left_out(table: SegmentQueries) -> None:
    assert table.filters == {"segments", "search", "clv", "where", "region", "at_risk"}
    asked = SegmentFilter(churn="high", flow=(NEW, "loyal"), where=(("a99", ("x",)),), segments=("gone",))
    assert table.fitting(asked) == SegmentFilter()
    assert table.count(asked) == 200
    assert table.chips(asked) == ()
    summary = table.summary(SegmentFilter())
    assert summary.clv is summary.mean_clv is summary.mean_churn is None
    assert summary.by_segment["outliers"] > 0
    assert not {"mean_clv", "sum_clv", "mean_churn_risk"} & set(table.compare(SegmentFilter()).columns)
    assert table.flows(SegmentFilter()).empty
    assert "was" not in table.columns
    # Without lifetime value the band is one of money.
    cut = table.manifest["bands"]["monetary"][1]
    page = table.page(SegmentFilter(clv="top25"), end=200)
    assert (page["monetary"] >= cut).all()
    assert len(page) == pytest.approx(50, abs=2)
    assert table.chips(SegmentFilter(clv="top25")) == (("clv", "top25", "Spent so far: Top 25 %"),)


def test_high_value_at_risk_without_churn_goes_by_recency(table: SegmentQueries) -> None:
    everyone = table.page(SegmentFilter(), end=200)
    unseen = np.quantile(everyone["recency_days"], 0.6)
    worth = table.manifest["bands"]["monetary"][1]
    recency = everyone["recency_days"]
    kept = everyone[(recency < 365) & (recency > unseen) & (everyone["monetary"] >= worth)]
    assert table.count(SegmentFilter(at_risk=True)) == len(kept)


def test_customers_without_anything_but_a_segment(store: Store) -> None:
    bare = pd.DataFrame({"customer_id": ["x", "y", "z"], "code": [0, 0, 1]})
    found = store.segmentation(make_segmentation(store, frame=bare, kind="customers", method="kmeans"))
    queries = SegmentQueries(found, looks_of(found.report, {}), threads=1)
    assert queries.filters == {"segments", "search"}
    assert queries.metrics == {}
    assert list(queries.totals(SegmentFilter())["customers"]) == [2, 1, 0]
    assert list(queries.compare(SegmentFilter()).columns) == [
        "key",
        "name",
        "colour",
        "customers",
        "customer_share",
    ]
    assert queries.heat(SegmentFilter()).empty
    assert queries.cells(SegmentFilter()).empty
    assert queries.summary(SegmentFilter()).revenue is None
    assert list(queries.page(SegmentFilter())["customer_id"]) == ["x", "y", "z"]
    assert queries.count(SegmentFilter(clv="top10", churn="high", at_risk=True, region=BLOB)) == 3


def test_nobody_is_no_error(queries: SegmentQueries) -> None:
    nobody = SegmentFilter(search="nobody has this")
    assert list(queries.totals(nobody)["customers"]) == [0] * len(queries.looks)
    assert queries.totals(nobody)["revenue_share"].tolist() == [None] * len(queries.looks)
    for found in (
        queries.compare(nobody),
        queries.points(nobody, "monetary", "frequency"),
        queries.boxes(nobody, "monetary"),
        queries.heat(nobody),
        queries.makeup(nobody, "a0"),
        queries.flows(nobody),
        queries.cells(nobody),
        queries.page(nobody),
        queries.page(nobody, start=5000, end=5100),
    ):
        assert found.empty
        assert len(found.columns) > 2
    assert [batch.num_rows for batch in queries.export(nobody)] in ([], [0])


def test_a_key_that_was_merged_is_the_segment_it_is_in_now(store: Store, frame: pd.DataFrame) -> None:
    found = store.segmentation(make_segmentation(store, frame=frame))
    merged = SegmentQueries(found, looks_of(found.report, EDITS), threads=1)
    both = int(frame["code"].isin([0, 1]).sum())
    assert merged.count(SegmentFilter(segments=("loyal",))) == both
    assert merged.count(SegmentFilter(segments=("champions", "loyal"))) == both


POLYGONS = st.lists(
    st.tuples(st.integers(-40, 40), st.integers(-40, 40)).map(lambda at: (at[0] / 10, at[1] / 10)),
    min_size=3,
    max_size=60,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(POLYGONS, st.integers(0, 1000))
def test_points_in_any_polygon_are_those_of_the_even_odd_rule(
    corners: list[tuple[float, float]], seed: int
) -> None:
    x, y = np.random.default_rng(seed).uniform(-4.2, 4.2, (2, 300))
    assert list(inside(corners, x, y)) == list(in_polygon(x, y, tuple(corners)))


def test_a_box_has_its_edges_in_it(queries: SegmentQueries, frame: pd.DataFrame) -> None:
    box = Region.box("r", "f", [4, 5], [5, 5.4])
    right = frame[frame["r"].between(4, 5) & frame["f"].between(5, 5.4)]
    assert queries.count(SegmentFilter(region=box)) == len(right) > 0


def test_a_damaged_file_is_told_in_words(store: Store, frame: pd.DataFrame) -> None:
    found = store.segmentation(make_segmentation(store, frame=frame))
    path: Path = found.file(SEGMENTS)
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(StoreError, match=r"segments\.duckdb .* is damaged"):
        SegmentQueries(found, ())


def test_the_file_cannot_be_written_nor_others_be_read(queries: SegmentQueries) -> None:
    for text in ("DELETE FROM customers", "SELECT * FROM read_csv('/etc/passwd')", "SET threads = 3"):
        with pytest.raises(duckdb.Error):
            queries.file.reader.rows(text)


def test_what_is_kept_of_a_file_is_told_by_the_segments_as_they_are_seen(
    store: Store, frame: pd.DataFrame
) -> None:
    found = store.segmentation(make_segmentation(store, frame=frame))
    plain = SegmentQueries(found, looks_of(found.report, {}), threads=1)
    merged = SegmentQueries(found, looks_of(found.report, EDITS), plain.file)
    chosen = SegmentFilter(segments=("champions",), region=BLOB, search="1")
    fresh = SegmentQueries(found, looks_of(found.report, EDITS), threads=1)
    before = plain.summary(chosen)
    assert merged.summary(chosen) == fresh.summary(chosen)
    assert merged.count(chosen) > before.customers > 0
    pd.testing.assert_frame_equal(merged.compare(chosen), fresh.compare(chosen))
    pd.testing.assert_frame_equal(merged.flows(chosen), fresh.flows(chosen))
    assert plain.summary(chosen) == before


def test_an_answer_is_asked_for_once_and_one_that_failed_again(queries: SegmentQueries) -> None:
    asked: list[str] = []

    def ask() -> str:
        asked.append("once")
        if len(asked) == 1:
            raise StoreError("gone")
        return "told"

    with pytest.raises(StoreError, match="gone"):
        queries.file.kept(("test", id(ask)), ask)
    assert [queries.file.kept(("test", id(ask)), ask) for _ in range(3)] == ["told"] * 3
    assert len(asked) == 2
