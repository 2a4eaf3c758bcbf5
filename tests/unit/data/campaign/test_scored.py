"""The customers of an analysis as arrays: in file order, and found by rule or by id."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from data import names
from data.campaign.scored import NO_CODE, ScoredFile
from data.queries import CustomerFilter, CustomerQueries
from data.segments.filter import SegmentFilter
from data.segments.queries import SegmentQueries
from models.winback import performance
from tests.campaigns import CampaignShop, campaign_shop
from tests.factories import DEFAULT_SHORTFALL, publish_analysis
from tests.segmentations import make_segmentation


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> CampaignShop:
    return campaign_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def file(shop: CampaignShop) -> ScoredFile:
    return ScoredFile(shop.analysis, threads=1)


def ids_at(file: ScoredFile, places: np.ndarray) -> set[str]:
    assert (np.diff(places) > 0).all()
    return set(file.ids.take(pa.array(places)).to_pylist())


def test_arrays_are_the_table_in_its_order(shop: CampaignShop, file: ScoredFile) -> None:
    with_queries = CustomerQueries(shop.analysis, threads=1)
    rows = with_queries.ask(
        "SELECT customer_id, pred_prob, pred_spend, clv, churn_risk FROM next ORDER BY shuffle"
    )
    assert file.ids.to_pylist() == [row[0] for row in rows]
    for place, values in enumerate((file.probability, file.spend, file.clv, file.churn), start=1):
        assert values.dtype == np.float64
        assert values.tolist() == [row[place] for row in rows]
    assert len(file) == len(shop.score) == 380
    by_id = shop.score.set_index(names.CUSTOMER_ID).loc[file.ids.to_pylist()]
    for name, values in file.rfm().items():
        assert values.tolist() == by_id[name].tolist()


def test_what_is_not_known_is_nothing(tmp_path: Path) -> None:
    shop = campaign_shop(tmp_path, 60)
    score = shop.score.copy()
    score.loc[:9, names.CLV] = np.nan
    file = ScoredFile(publish_analysis(tmp_path, shop.past, score), threads=1)
    clv = pd.Series(file.clv, index=file.ids.to_pylist()).reindex(score[names.CUSTOMER_ID])
    assert clv.iloc[:10].tolist() == [0.0] * 10
    assert clv.iloc[10:].tolist() == score[names.CLV].iloc[10:].tolist()


def test_at_risk_are_those_of_the_overview(shop: CampaignShop, file: ScoredFile) -> None:
    score = shop.score
    wanted = score[(score["orders_365"] > 0) & (1 - score[names.PRED_PROB] >= 0.5)]
    assert 50 < len(wanted) < 300
    found = file.at_risk()
    assert ids_at(file, found) == set(wanted[names.CUSTOMER_ID])
    queries = CustomerQueries(shop.analysis, threads=1)
    assert queries.count(CustomerFilter(window="next", at_risk=True)) == len(found)


def test_red_are_those_of_the_past_window_who_are_still_there(shop: CampaignShop, file: ScoredFile) -> None:
    past = shop.past
    colours = performance(
        past[names.SHORTFALL].to_numpy(), past[names.SPEND_CDF].to_numpy(), DEFAULT_SHORTFALL, 0.5
    )
    red = set(past.loc[colours == names.UNDER, names.CUSTOMER_ID])
    there = set(shop.score[names.CUSTOMER_ID])
    assert red - there
    assert red & there
    assert ids_at(file, file.red()) == red & there


def test_high_value_are_those_of_the_segments_page(shop: CampaignShop, file: ScoredFile) -> None:
    score = shop.score
    worth = np.quantile(score["monetary"], 0.75)
    wanted = score[
        (score["recency_days"] < 365) & (score[names.CHURN_RISK] >= 0.5) & (score["monetary"] >= worth)
    ]
    assert len(wanted) > 10
    assert ids_at(file, file.high_value()) == set(wanted[names.CUSTOMER_ID])
    rules = shop.store.segmentation(shop.rules_id)
    bands = rules.manifest["bands"]["monetary"]
    found = file.high_value(bands[1])
    queries = SegmentQueries(rules, (), threads=1)
    chosen = queries.export(SegmentFilter(at_risk=True), [names.CUSTOMER_ID])
    assert ids_at(file, found) == {value for batch in chosen for value in batch.column(0).to_pylist()}


def test_customers_are_found_by_id_and_others_counted(file: ScoredFile) -> None:
    ids = file.ids.to_pylist()
    asked = [ids[7], "nobody", ids[3], ids[7], "'; DROP TABLE next; --", ids[200]]
    places, missing = file.places_of(pa.chunked_array([asked[:2], asked[2:]], pa.large_string()))
    assert places.tolist() == [3, 7, 200]
    assert missing == 2
    places, missing = file.places_of(pa.chunked_array([], pa.string()))
    assert (places.tolist(), missing) == ([], 0)


def test_codes_are_by_id_in_the_same_order_or_another(shop: CampaignShop, file: ScoredFile) -> None:
    wanted = [int(shop.codes[each]) for each in file.ids.to_pylist()]
    assert file.codes_of(shop.store.segmentation(shop.rules_id)).tolist() == wanted
    # Some who are no customers of the analysis, and some of its customers missing.
    frame = shop.score.iloc[:300].assign(code=shop.codes.to_numpy()[:300], was=0)
    frame.loc[:9, names.CUSTOMER_ID] = [f"other {place}" for place in range(10)]
    part = shop.store.segmentation(make_segmentation(shop.store, frame=frame, source_id="somewhere"))
    known = dict(zip(frame[names.CUSTOMER_ID], frame["code"], strict=True))
    found = file.codes_of(part)
    assert found.tolist() == [known.get(each, NO_CODE) for each in file.ids.to_pylist()]
    assert (found == NO_CODE).sum() == 90
    assert file.codes_of(part) is found


def test_hostile_ids_stay_what_they_are(tmp_path: Path) -> None:
    ids = ("=1+1", "'; DROP TABLE next; --", "<b>x</b>", "Ünïcødé ☃ 中文", 'a,b"c\n')
    file = ScoredFile(campaign_shop(tmp_path, 60, ids=ids).analysis, threads=1)
    places, missing = file.places_of(pa.chunked_array([list(ids)]))
    assert (len(places), missing) == (len(ids), 0)
    assert ids_at(file, places) == set(ids)
