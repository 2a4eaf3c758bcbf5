"""Campaigns and scenarios as they are saved, and what the customers of a campaign did afterwards."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from data import names
from data.campaign import plans
from data.errors import InputError, NotFoundError, StoreError
from data.store import CAMPAIGNS, DATASETS, TABLE, Campaign, Dataset
from jobs.campaigns import CampaignBook
from models.campaign.arms import arms
from models.campaign.params import CampaignParams
from tests.campaigns import HORIZON, LAST, CampaignShop, campaign_shop

TODAY = dt.date(2026, 1, 5)
HOSTILE = ("=1+1", "@b", "<b>x</b>", 'a,b"c', "Ünïcødé ☃ 中文")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> CampaignShop:
    return campaign_shop(tmp_path_factory.mktemp("shop"), ids=HOSTILE)


@pytest.fixture(scope="module")
def book(shop: CampaignShop) -> CampaignBook:
    return shop.book()


@pytest.fixture(scope="module")
def params(book: CampaignBook) -> CampaignParams:
    return replace(book.start, contacted=300, draws=100, holdout=0.25, seed=7)


@pytest.fixture(scope="module")
def campaign(shop: CampaignShop, book: CampaignBook, params: CampaignParams) -> Campaign:
    return shop.store.campaign(
        plans.save_campaign(shop.store, book, "everybody", params, "  Spring\n2026 ", TODAY)
    )


def lines_of(dataset: Dataset) -> pd.DataFrame:
    paths = [path for bucket in dataset.buckets for path in bucket]
    return pd.concat([pq.read_table(path).to_pandas() for path in paths])


def test_the_manifest_says_who_when_and_by_which_rule(
    shop: CampaignShop, campaign: Campaign, params: CampaignParams
) -> None:
    manifest = campaign.manifest
    assert campaign.name == "Spring 2026"
    wanted = {
        "kind": "campaign",
        "analysis_id": shop.analysis.id,
        "dataset_id": shop.dataset.id,
        "series": shop.dataset.series,
        "audience": "everybody",
        "audience_label": "Everybody",
        "audience_words": "All customers of the analysis.",
        "params": params.to_dict(),
        "seed": 7,
        "holdout": 0.25,
        "as_of": "2025-12-31",
        "planned_on": "2026-01-05",
        "horizon_days": 90,
        "customers": 300,
        "treated": 225,
        "held_out": 75,
        "currency": "GBP",
        "rule": "All customers of the analysis. By incremental profit, the first 300 of 380. 75 of them are held"
        " out: those with the lowest SHA-256 of the text 7: and the customer id after it.",
    }
    assert {name: manifest[name] for name in wanted} == wanted
    assert CampaignParams.from_params(manifest["params"], CampaignParams()) == params
    assert shop.store.campaigns(shop.dataset.series) == [campaign]
    assert shop.store.campaigns("another") == []


def test_the_customers_are_the_contacted_in_order_with_their_arm(
    shop: CampaignShop, book: CampaignBook, campaign: Campaign, params: CampaignParams
) -> None:
    frame = pd.concat(batch.to_pandas() for batch in plans.batches_of(campaign)).reset_index(drop=True)
    assert frame.columns.tolist() == [
        "customer_id", "arm", "rank", "segment", "pred_prob", "pred_spend", "prob_with_offer", "incremental_profit",
    ]  # fmt: skip
    contacted = [each for batch in book.rows("everybody", params) for each in batch.column(0).to_pylist()]
    assert frame["customer_id"].tolist() == contacted
    assert frame["rank"].tolist() == list(range(1, 301))
    assert (frame["arm"] == "treat").tolist() == arms(contacted, 0.25, 7).tolist()
    score = shop.score.set_index(names.CUSTOMER_ID)
    assert frame["pred_prob"].tolist() == score.loc[frame["customer_id"], names.PRED_PROB].tolist()
    assert frame["incremental_profit"].is_monotonic_decreasing
    assert set(HOSTILE) & set(contacted)


def test_the_hash_is_of_the_list_as_it_is_downloaded(campaign: Campaign) -> None:
    text = b"".join(plans.list_csv(campaign))
    assert hashlib.sha256(text).hexdigest() == campaign.manifest["sha256"]
    read = pd.read_csv(io.BytesIO(text), encoding="utf-8-sig", dtype=str, keep_default_na=False)
    assert len(read) == 300
    stored = [each for batch in plans.batches_of(campaign) for each in batch.column(0).to_pylist()]
    inert = ["'" + each if each[0] in "=@" else each for each in stored]
    assert read["customer_id"].tolist() == inert
    assert inert != stored


def test_the_same_campaign_is_the_same_list(
    shop: CampaignShop, campaign: Campaign, params: CampaignParams
) -> None:
    again = plans.save_campaign(shop.store, shop.book(), "everybody", params, "Again", TODAY)
    assert shop.store.campaign(again).manifest["sha256"] == campaign.manifest["sha256"]
    other = plans.save_campaign(shop.store, shop.book(), "everybody", replace(params, seed=8), "Other", TODAY)
    assert shop.store.campaign(other).manifest["sha256"] != campaign.manifest["sha256"]
    for each in (again, other):
        shop.store.delete_campaign(each)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "The name of a campaign has 1 to 60 characters"),
        ("x" * 61, "this one has 61"),
        ("SPRING 2026", "There is already a campaign called 'SPRING 2026'"),
    ],
)
def test_a_name_is_there_and_new(
    shop: CampaignShop, book: CampaignBook, campaign: Campaign, params: CampaignParams, name: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        plans.save_campaign(shop.store, book, "everybody", params, name, TODAY)
    assert shop.store.campaigns() == [campaign]


def test_one_customer_cannot_be_divided(
    shop: CampaignShop, book: CampaignBook, campaign: Campaign, params: CampaignParams
) -> None:
    with pytest.raises(InputError, match="one customer to divide"):
        plans.save_campaign(shop.store, book, "everybody", replace(params, contacted=1), "One", TODAY)
    assert shop.store.campaigns() == [campaign]


def test_a_scenario_has_parameters_and_results(
    shop: CampaignShop, book: CampaignBook, params: CampaignParams
) -> None:
    saved = plans.save_scenario(shop.store, book, "red", params, "Deep discount")
    scenario = shop.store.scenario(saved)
    answer = book.answer("red", params)
    assert scenario.name == "Deep discount"
    assert scenario.manifest["audience"] == "red"
    assert scenario.manifest["params"] == params.to_dict()
    results = scenario.manifest["results"]
    assert results["net_profit"] == answer.financials.net_profit
    assert (results["low"], results["high"]) == (answer.low, answer.high)
    assert results["probability_of_profit"] == answer.probability_of_profit
    assert (results["size"], results["contacted"]) == (answer.audience, answer.contacted)
    with pytest.raises(InputError, match="already a scenario called 'deep DISCOUNT'"):
        plans.save_scenario(shop.store, book, "red", params, "deep DISCOUNT")
    # Another kind may have the name.
    plans.save_scenario(shop.store, book, "red", params, "Spring 2026")
    assert [each.name for each in shop.store.scenarios(shop.dataset.series)] == [
        "Spring 2026",
        "Deep discount",
    ]
    for each in shop.store.scenarios():
        shop.store.delete_scenario(each.id)
    with pytest.raises(NotFoundError, match="There is no scenario"):
        shop.store.scenario(saved)


# What became of it


def by_hand(dataset: Dataset, start: dt.date, days: int) -> tuple[dict[str, int], dict[str, Decimal]]:
    lines = lines_of(dataset)
    lines = lines[(lines["day"] > start) & (lines["day"] <= start + dt.timedelta(days=days))]
    bought = lines[(lines["amount"] > 0) & (lines["quantity"] > 0)]
    number = bought["order_id"].fillna(bought["day"].astype(str))
    orders = number.groupby(bought["customer_id"]).nunique().to_dict()
    spend: dict[str, Decimal] = {}
    for each, amount in zip(lines["customer_id"], lines["amount"], strict=True):
        spend[each] = spend.get(each, Decimal(0)) + amount
    return orders, spend


def test_outcomes_are_what_the_ledger_has(shop: CampaignShop, campaign: Campaign) -> None:
    start = LAST - dt.timedelta(days=HORIZON)
    found = plans.outcomes_of(shop.store, campaign, shop.dataset, start=start)
    assert found.columns.tolist() == [
        "customer_id", "arm", "rank", "pred_prob", "pred_spend", "orders", "spend",
    ]  # fmt: skip
    stored = pd.concat(batch.to_pandas() for batch in plans.batches_of(campaign))
    assert found["customer_id"].tolist() == stored["customer_id"].tolist()
    assert found["arm"].tolist() == stored["arm"].tolist()
    orders, spend = by_hand(shop.dataset, start, HORIZON)
    assert found["orders"].tolist() == [orders.get(each, 0) for each in found["customer_id"]]
    assert found["spend"].tolist() == [float(spend.get(each, 0)) for each in found["customer_id"]]
    # Some bought nothing, some sent back more than they bought.
    assert (found["orders"] == 0).any()
    assert (found["spend"] < 0).any()
    assert found["orders"].sum() > 100
    assert list((shop.store.home / "tmp").glob("outcomes-*")) == []


def test_both_ends_of_the_horizon_are_kept(shop: CampaignShop, campaign: Campaign) -> None:
    """One day at a time, the days add up to the whole."""
    start = LAST - dt.timedelta(days=HORIZON)
    whole = plans.outcomes_of(shop.store, campaign, shop.dataset, start=start)["spend"].sum()
    short = replace(campaign, manifest=campaign.manifest | {"horizon_days": 30})
    parts = [
        plans.outcomes_of(shop.store, short, shop.dataset, start=start + dt.timedelta(days=at))["spend"].sum()
        for at in (0, 30, 60)
    ]
    assert sum(parts) == pytest.approx(whole, rel=1e-12)
    assert min(map(abs, parts)) > 0


def test_days_that_are_missing_are_counted(shop: CampaignShop, campaign: Campaign) -> None:
    start = LAST - dt.timedelta(days=60)
    with pytest.raises(InputError, match=r"ends on 2025-12-31, 30 days before .* \(2026-01-30\)"):
        plans.outcomes_of(shop.store, campaign, shop.dataset, start=start)
    found = plans.outcomes_of(shop.store, campaign, shop.dataset, start=start, partial=True)
    orders, _ = by_hand(shop.dataset, start, 60)
    assert found["orders"].tolist() == [orders.get(each, 0) for each in found["customer_id"]]
    with pytest.raises(InputError, match="1 day before"):
        plans.outcomes_of(shop.store, campaign, shop.dataset, start=LAST - dt.timedelta(days=HORIZON - 1))


def test_nothing_has_happened_on_the_day_it_was_planned(shop: CampaignShop, campaign: Campaign) -> None:
    for partial in (False, True):
        with pytest.raises(InputError, match=r"counts the days after 2025-12-31: upload"):
            plans.outcomes_of(shop.store, campaign, shop.dataset, partial=partial)


def test_a_table_of_customers_has_no_orders(shop: CampaignShop, campaign: Campaign) -> None:
    table = replace(shop.dataset, manifest=shop.dataset.manifest | {"kind": names.CUSTOMERS})
    with pytest.raises(InputError, match="is a table of customers"):
        plans.outcomes_of(shop.store, campaign, table)


def test_orders_of_others_are_no_outcome(shop: CampaignShop, campaign: Campaign, tmp_path: Path) -> None:
    # The same days, nobody of the campaign.
    def fill(folder: Path) -> dict[str, object]:
        for name in ("transactions-0.parquet", "transactions-1.parquet"):
            table = pq.read_table(shop.dataset.file(name))
            ids = table.column(names.CUSTOMER_ID).to_pylist()
            pq.write_table(
                table.set_column(0, names.CUSTOMER_ID, [[f"x{each}" for each in ids]]), folder / name
            )
        return {name: shop.dataset.manifest[name] for name in ("kind", "buckets", "first_date", "last_date")}

    others = shop.store.dataset(shop.store.publish(DATASETS, "others.csv", fill))
    start = LAST - dt.timedelta(days=HORIZON)
    with pytest.raises(InputError, match="No customer of the campaign Spring 2026 is in others"):
        plans.outcomes_of(shop.store, campaign, others, start=start)


def test_a_damaged_list_is_said(tmp_path: Path) -> None:
    shop = campaign_shop(tmp_path, 60)
    book = shop.book()
    made = plans.save_campaign(shop.store, book, "everybody", replace(book.start, draws=100), "One", TODAY)
    campaign = shop.store.campaign(made)
    path = shop.store.home / CAMPAIGNS / made / TABLE
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(StoreError, match="The campaign One cannot be read"):
        list(plans.batches_of(campaign))
    with pytest.raises(StoreError):
        plans.outcomes_of(shop.store, campaign, shop.dataset, start=LAST - dt.timedelta(days=HORIZON))
    path.write_bytes(b"short")
    assert shop.store.campaigns() == []
    assert TABLE in shop.store.damaged()[made]
