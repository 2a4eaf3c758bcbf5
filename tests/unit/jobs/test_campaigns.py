"""What is asked about campaigns to the customers of one analysis, held against the customers by hand."""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data import names
from data.errors import InputError, NotFoundError, StoreError
from data.serving import SERVING, write_serving
from data.store import ANALYSES, LISTS, TABLE, write_json
from jobs.campaign_customers import forecast_error, start_of
from jobs.campaigns import CampaignBook
from models import roi
from models.campaign.params import LIMITS, RANKS, CampaignParams
from tests.campaigns import BACKTEST, HORIZON, SPREAD, CampaignShop, campaign_shop, make_list
from tests.factories import GRID, customers, publish_analysis
from tests.segmentations import make_segmentation


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> CampaignShop:
    return campaign_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def book(shop: CampaignShop) -> CampaignBook:
    return shop.book()


@pytest.fixture(scope="module")
def params(book: CampaignBook) -> CampaignParams:
    return replace(book.start, contacted=50, draws=100)


def members(book: CampaignBook, text: str) -> set[str]:
    found = book.audience(text)
    ids = np.array(book.file.ids.to_pylist())[found.places]
    assert found.size == len(found.customers) == len(set(ids))
    return set(ids)


def mixed(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows in another order."""
    return frame.sample(frac=1.0, random_state=1).reset_index(drop=True)


# What a campaign begins with


def test_it_begins_with_margin_horizon_and_error_of_the_analysis(book: CampaignBook) -> None:
    error = math.sqrt(sum(math.log(predicted / actual) ** 2 for predicted, actual in BACKTEST) / 2)
    assert book.start.forecast_error == pytest.approx(error, rel=1e-12)
    assert book.start == replace(
        CampaignParams(), margin=0.42, horizon_days=HORIZON, forecast_error=book.start.forecast_error
    )
    assert 0.2 < error < 0.3


@pytest.mark.parametrize(
    ("metrics", "wanted"),
    [
        ({}, None),
        ({"backtest": None}, None),
        ({"backtest": {"origins": []}}, None),
        # A champion without a spend of its own, and a window without any.
        ({"backtest": {"origins": [{"actual_spend": 5.0, "rows": [{"role": "champion"}]}]}}, None),
        ({"backtest": {"origins": [{"actual_spend": 0.0, "rows": [{"role": "champion", "predicted_spend": 2.0}]}]}}, None),
        # Never surer than a twentieth.
        ({"backtest": {"origins": [{"actual_spend": 2.0, "rows": [{"role": "champion", "predicted_spend": 2.0}]}]}}, 0.05),
        ({"backtest": {"origins": [{"actual_spend": 1.0, "rows": [{"role": "champion", "predicted_spend": math.e}]}]}}, 1.0),
    ],
)  # fmt: skip
def test_the_error_of_forecasts(metrics: dict[str, object], wanted: float | None) -> None:
    assert forecast_error(metrics) == wanted


def test_a_start_stays_within_its_limits(tmp_path: Path) -> None:
    analysis = publish_analysis(tmp_path, customers(30), horizon_days=90)
    origin = {"actual_spend": 1.0, "rows": [{"role": "champion", "predicted_spend": 50.0}]}
    path = tmp_path / ANALYSES / analysis.id / "metrics.json"
    write_json(path, {"params": {"margin": 0.3}, "backtest": {"origins": [origin]}})
    assert start_of(analysis).forecast_error == LIMITS["forecast_error"].high
    write_json(path, {"params": {}})
    assert start_of(analysis) == CampaignParams()


def test_customers_have_the_spread_of_the_models(shop: CampaignShop, book: CampaignBook) -> None:
    score = shop.score.set_index(names.CUSTOMER_ID).loc[book.file.ids.to_pylist()]
    logs = np.clip(0.1 - 0.05 * np.log1p(score["frequency"]), SPREAD["low"], SPREAD["high"])
    assert book.customers.sigma == pytest.approx(np.exp(logs).to_numpy(), rel=1e-12)
    knots, share = book.customers.shape
    # Residuals beyond three spreads are taken to lie at three.
    learned = GRID["lo"] + GRID["step"] * np.arange(len(GRID["cdf"]))
    assert learned[-1] == pytest.approx(5.0)
    assert knots == pytest.approx(np.minimum(learned, 3.0))
    assert share.tolist() == GRID["cdf"]
    assert book.customers.horizon_days == HORIZON
    assert set(book.customers.ranks) | {"profit", "propensity", "spend", "random"} == set(RANKS)
    assert book.customers.ranks["clv"].tolist() == score[names.CLV].tolist()
    assert book.customers.ranks["churn"].tolist() == score[names.CHURN_RISK].tolist()


def test_rfm_is_the_sum_of_three_scores_from_1_to_5(shop: CampaignShop, book: CampaignBook) -> None:
    score = shop.score.set_index(names.CUSTOMER_ID).loc[book.file.ids.to_pylist()]

    def quintile(name: str) -> pd.Series:
        cuts = [np.sort(score[name])[int(share * (len(score) - 1))] for share in (0.2, 0.4, 0.6, 0.8)]
        return sum((score[name] > cut).astype(int) for cut in cuts)

    wanted = (5 - quintile("recency_days")) + (1 + quintile("frequency")) + (1 + quintile("monetary"))
    assert book.customers.ranks["rfm"].tolist() == wanted.tolist()
    assert wanted.min() >= 3
    assert wanted.max() <= 15


def test_an_analysis_without_what_its_models_learned_is_said(tmp_path: Path) -> None:
    shop = campaign_shop(tmp_path, 60)
    old = publish_analysis(tmp_path, shop.past, shop.score)
    with pytest.raises(
        StoreError, match=r"what its models learned cannot be read\. Analyse the data set again"
    ):
        CampaignBook(shop.store, shop.edits, old, threads=1)


@pytest.mark.parametrize(
    "damage",
    [
        {"lo": float("nan")},
        {"step": -0.1},
        {"step": 1e308},
        {"cdf": [0.5, 0.4, 1.0]},
        {"cdf": [0.0, 9.0]},
        {"cdf": [1.0]},
        {"cdf": ["a", "b"]},
        {"log_sigma": {**SPREAD, "weights": [float("nan"), 0.0, 0.0, 0.0]}},
        {"log_sigma": {**SPREAD, "weights": [0.0, 0.0]}},
        {"log_sigma": {**SPREAD, "low": None}},
    ],
)
def test_learned_numbers_that_make_no_sense_are_said(tmp_path: Path, damage: dict[str, object]) -> None:
    shop = campaign_shop(tmp_path, 60)
    path = tmp_path / ANALYSES / shop.analysis.id / "models" / "serving.json"
    path.write_text(json.dumps({"distribution": {**GRID, "log_sigma": SPREAD, **damage}}))
    with pytest.raises(StoreError, match=r"what its models learned cannot be read\. Analyse the data set"):
        CampaignBook(shop.store, shop.edits, shop.analysis, threads=1)


# Audiences


def test_everybody_is_everybody(shop: CampaignShop, book: CampaignBook) -> None:
    assert members(book, "everybody") == set(shop.score[names.CUSTOMER_ID])
    # No copy of a million customers.
    assert book.audience("everybody").customers is book.customers


def test_an_audience_says_who_is_in_it(book: CampaignBook) -> None:
    found = book.audience("at_risk")
    assert (found.text, found.label, found.phrase) == ("at_risk", "At-risk customers", "at-risk customers")
    assert found.words == (
        "Customers who bought in the last 365 days and are more likely than not to buy nothing in the next 90 days."
    )
    assert found.note == ""
    probability = found.customers.probability
    assert (1 - probability >= 0.5).all()
    assert probability.tolist() == book.customers.probability[found.places].tolist()
    assert found.customers.ranks["rfm"].tolist() == book.customers.ranks["rfm"][found.places].tolist()


def test_an_audience_is_looked_up_once(book: CampaignBook) -> None:
    assert book.audience("red") is book.audience("red")


def test_segments_are_asked_as_they_are_now(tmp_path: Path) -> None:
    shop = campaign_shop(tmp_path)
    book = shop.book()
    text = f"segment:{shop.rules_id}:at_risk"
    apart = set(shop.codes.index[shop.codes == 3])
    assert members(book, text) == apart
    assert book.audience(text).phrase == "customers of the segment At risk"
    shop.edits.save_looks(
        shop.dataset.series, "rules", {"lost": {"into": "at_risk"}, "at_risk": {"name": "Going"}}
    )
    together = set(shop.codes.index[shop.codes.isin([3, 4])])
    assert members(book, text) == members(book, f"segment:{shop.rules_id}:lost") == together
    found = book.audience(text)
    assert found.label == "Going"
    assert found.words.startswith("Customers of the segment Going (rules, 5 segments). What makes At risk.")
    shop.edits.save_looks(shop.dataset.series, "rules", {})
    assert members(book, text) == apart


def test_a_list_counts_whom_the_analysis_does_not_have(shop: CampaignShop, book: CampaignBook) -> None:
    there = shop.score[names.CUSTOMER_ID].tolist()[5:45]
    gone = shop.past[names.CUSTOMER_ID].tolist()[-3:]
    made = make_list(shop, [*there, *gone, "'; DROP TABLE next; --"], "<i>Spring</i>")
    assert members(book, f"list:{made}") == set(there)
    found = book.audience(f"list:{made}")
    assert found.note == "4 of the 44 customers of this list are not in this analysis."
    assert (found.label, found.phrase) == ("<i>Spring</i>", "customers of the list <i>Spring</i>")
    exact = make_list(shop, there, "Exact")
    assert book.audience(f"list:{exact}").note == ""


def test_a_list_that_is_gone_is_said_though_it_was_asked_before(
    shop: CampaignShop, book: CampaignBook
) -> None:
    made = make_list(shop, [shop.score[names.CUSTOMER_ID][0]])
    assert book.audience(f"list:{made}").size == 1
    shop.store.delete_list(made)
    with pytest.raises(NotFoundError, match="There is no list"):
        book.audience(f"list:{made}")


def test_nobody_is_a_sentence(tmp_path: Path) -> None:
    shop = campaign_shop(tmp_path, 60)
    score = shop.score.assign(recency_days=400.0, orders_365=0.0)
    path = shop.store.home / ANALYSES / shop.analysis.id
    (path / SERVING).unlink()
    write_serving(path / SERVING, shop.past.assign(shortfall=0.0), score, threads=1)
    book = shop.book()
    for text, words in (
        ("at_risk", "Nobody is at risk in this analysis: choose another audience"),
        ("red", "Nobody is red in this analysis: choose another audience"),
        ("high_value", "Nobody is in the audience 'High-value at-risk customers' in this analysis"),
        (f"list:{make_list(shop, ['x', 'y'])}", "2 of the 2 customers of this list are not in this analysis"),
    ):
        with pytest.raises(InputError, match=words):
            book.audience(text)


def test_audiences_that_are_not_there(shop: CampaignShop, book: CampaignBook, tmp_path: Path) -> None:
    other = campaign_shop(tmp_path, 60)
    for text, error, words in (
        ("segment:gone:at_risk", NotFoundError, "There is no segmentation gone"),
        (f"segment:{shop.rules_id}:gone", NotFoundError, "There is no segment gone"),
        ("list:gone", NotFoundError, "There is no list gone"),
        ("list:../../x", NotFoundError, "There is no list"),
        ("everyone", InputError, "There is no audience 'everyone'"),
    ):
        with pytest.raises(error, match=words):
            book.audience(text)
    elsewhere = CampaignBook(other.store, other.edits, other.analysis, threads=1)
    with pytest.raises(NotFoundError):
        elsewhere.audience(f"segment:{shop.rules_id}:at_risk")


def test_segments_of_another_analysis_are_refused(shop: CampaignShop, book: CampaignBook) -> None:
    other = make_segmentation(shop.store, 30, source_id="another")
    with pytest.raises(InputError, match="are of other customers than this analysis"):
        book.audience(f"segment:{other}:champions")


def test_a_damaged_list_is_said(shop: CampaignShop, book: CampaignBook) -> None:
    made = make_list(shop, ["C000001"], "Broken")
    path = shop.store.home / LISTS / made / TABLE
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(StoreError, match="The list Broken cannot be read"):
        book.audience(f"list:{made}")


# Answers


def test_an_answer_is_that_of_the_audience_s_customers(book: CampaignBook, params: CampaignParams) -> None:
    found = book.answer("at_risk", params)
    own = book.audience("at_risk").customers
    again = roi.answer(own, params)
    assert found.financials == again.financials
    assert found.draws.tolist() == again.draws.tolist()
    best = np.argsort(-roi.incremental(own, params), kind="stable")[:50]
    assert sorted(found.order[:50].tolist()) == sorted(best.tolist())
    assert roi.financials(book.contacted("at_risk", params), params).net_profit == pytest.approx(
        found.financials.net_profit, rel=1e-12
    )
    assert len(book.contacted("at_risk", params)) == 50


def test_many_askers_get_one_answer(shop: CampaignShop, params: CampaignParams) -> None:
    book = shop.book()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: book.answer("at_risk", params), range(16)))
    assert all(each is found[0] for each in found)
    assert book.answer("at_risk", replace(params, discount=0.2)) is not found[0]
    assert book.answer("red", params).audience != found[0].audience


def test_how_deep_is_asked_of_the_same_answer(book: CampaignBook, params: CampaignParams) -> None:
    found = book.depth("everybody", params)
    assert found is book.depth("everybody", params)
    at = int(np.flatnonzero(found.depths == 50)[0])
    assert found.profit[at] == pytest.approx(book.answer("everybody", params).financials.net_profit)


def test_segments_add_up_to_everybody(shop: CampaignShop, book: CampaignBook, params: CampaignParams) -> None:
    costly = replace(params, fixed_cost=100.0)
    frame = book.segments(costly)
    expected = frame[frame["scenario"] == "expected"]
    assert set(expected["segment"]) == {"Champions", "Loyal", "New", "At risk", "Lost"}
    sizes = dict(zip(expected["segment"], expected["customers"], strict=True))
    assert sizes["At risk"] == (shop.codes == 3).sum()
    whole = roi.financials(book.customers, costly)
    assert expected["net_profit"].sum() == pytest.approx(whole.net_profit, rel=1e-9)
    assert expected["total_cost"].sum() == pytest.approx(whole.total_cost, rel=1e-9)
    part = book.segments(costly, "at_risk")
    assert part.loc[part["scenario"] == "expected", "customers"].sum() == book.audience("at_risk").size


def test_without_segments_by_rules_it_says_where_they_are_made(
    tmp_path: Path, params: CampaignParams
) -> None:
    shop = campaign_shop(tmp_path, 60)
    shop.store.delete_segmentation(shop.rules_id)
    book = shop.book()
    with pytest.raises(InputError, match="no segments by rules: open the page Segments"):
        book.segments(params)
    rows = next(book.rows("everybody", params))
    assert "segment" not in rows.schema.names
    assert rows.num_rows == 40


# Rows


def test_rows_are_the_contacted_best_first(
    shop: CampaignShop, book: CampaignBook, params: CampaignParams
) -> None:
    treated = np.arange(50) % 3 > 0
    rows = pd.concat(batch.to_pandas() for batch in book.rows("at_risk", params, arms=treated))
    assert rows.columns.tolist() == [
        "customer_id", "rank", "segment", "pred_prob", "pred_spend", "prob_with_offer", "incremental_profit", "arm",
    ]  # fmt: skip
    assert rows["rank"].tolist() == list(range(1, 51))
    assert (rows["arm"] == "treat").tolist() == treated.tolist()
    score = shop.score.set_index(names.CUSTOMER_ID).loc[rows["customer_id"]]
    p, spend = score[names.PRED_PROB].to_numpy(), score[names.PRED_SPEND].to_numpy()
    assert rows["pred_prob"].tolist() == p.tolist()
    assert rows["pred_spend"].tolist() == spend.tolist()
    after, value = np.minimum(p * 1.5, 1.0), spend / p
    margin, discount, cost, redeemed = 0.42, 0.15, 0.1, 0.4
    given = discount * value * (redeemed * p + after - p)
    profit = (after - p) * value * margin - given - cost
    assert rows["prob_with_offer"].to_numpy() == pytest.approx(after, abs=5.1e-7)
    assert rows["incremental_profit"].to_numpy() == pytest.approx(profit, abs=5.1e-5)
    words = ["Champions", "Loyal", "New", "At risk", "Lost"]
    assert rows["segment"].tolist() == [words[shop.codes[each]] for each in rows["customer_id"]]
    total = rows["incremental_profit"].sum()
    assert total == pytest.approx(book.answer("at_risk", params).financials.net_profit, abs=0.01)


def test_rows_are_over_the_campaign_s_own_horizon(
    shop: CampaignShop, book: CampaignBook, params: CampaignParams
) -> None:
    rows = next(book.rows("everybody", replace(params, horizon_days=30, rank="spend"))).to_pandas()
    score = shop.score.set_index(names.CUSTOMER_ID).loc[rows["customer_id"]]
    assert rows["pred_prob"].to_numpy() == pytest.approx(
        1 - (1 - score[names.PRED_PROB].to_numpy()) ** (30 / 90), abs=5.1e-7
    )
    assert rows["pred_spend"].to_numpy() == pytest.approx(score[names.PRED_SPEND].to_numpy() / 3, abs=5.1e-5)
    assert rows["pred_spend"].is_monotonic_decreasing


def test_rows_that_cannot_be_are_said_before_any_is_sent(book: CampaignBook, params: CampaignParams) -> None:
    with pytest.raises(NotFoundError, match="There is no list gone"):
        book.rows("list:gone", params)


def test_rows_come_in_batches(
    book: CampaignBook, params: CampaignParams, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = next(book.rows("everybody", replace(params, contacted=300)))
    monkeypatch.setattr("jobs.campaigns.BATCH", 70)
    parts = list(book.rows("everybody", replace(params, contacted=300), arms=np.arange(300) % 2 == 0))
    assert [each.num_rows for each in parts] == [70, 70, 70, 70, 20]
    found = pd.concat(each.to_pandas() for each in parts).drop(columns="arm").reset_index(drop=True)
    pd.testing.assert_frame_equal(found, whole.to_pandas())


def test_who_is_in_no_segment_has_none(tmp_path: Path, params: CampaignParams) -> None:
    shop = campaign_shop(tmp_path, 60)
    shop.store.delete_segmentation(shop.rules_id)
    frame = shop.score.iloc[:30].assign(code=0, was=0)
    make_segmentation(shop.store, frame=frame, source_id=shop.analysis.id, series=shop.dataset.series)
    rows = next(shop.book().rows("everybody", params)).to_pandas()
    inside = rows["customer_id"].isin(frame[names.CUSTOMER_ID])
    assert (rows.loc[inside, "segment"] == "Champions").all()
    assert rows.loc[~inside, "segment"].isna().all()
    assert inside.sum() == 30


def test_the_file_s_order_is_chance_whatever_the_order_it_was_written_in(tmp_path: Path) -> None:
    """The same customers in another order are the same campaign, down to the list."""
    found = []
    for turn, name in enumerate(("one", "two")):
        shop = campaign_shop(tmp_path / name)
        if turn:
            path = shop.store.home / ANALYSES / shop.analysis.id / SERVING
            path.unlink()
            write_serving(path, mixed(shop.past), mixed(shop.score), threads=1)
        book = shop.book()
        chosen = replace(book.start, contacted=50, draws=100, rank="random")
        found.append((book.answer("at_risk", chosen), next(book.rows("at_risk", chosen)).to_pydict()))
    assert found[0][0].draws.tolist() == found[1][0].draws.tolist()
    assert found[0][1] == found[1][1]
