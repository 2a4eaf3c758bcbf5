"""From orders to a campaign and to what it brought: a real analysis, its audiences, and the orders of later days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from data.campaign import audiences, plans
from data.overview.boards import Overview
from data.reading import ImportOptions
from data.sample import write_sample
from data.segments.edits import Edits
from data.segments.filter import SegmentFilter
from data.segments.queries import SegmentQueries
from data.store import Analysis, Dataset, Store
from jobs.campaigns import CampaignBook
from jobs.importing import APPEND, import_file
from jobs.pipeline import analyse_dataset
from jobs.segmenting import add_defaults
from jobs.workplace import Workplace
from models.params import AnalysisParams
from settings import Settings

HORIZON = 60


def silent(_share: float, _text: str) -> None:
    """Report to nobody."""


@dataclass(frozen=True)
class Shop:
    """A shop analysed as it was `HORIZON` days before the end of its orders, and the version with all of them."""

    store: Store
    analysis: Analysis
    later: Dataset
    orders: pd.DataFrame
    book: CampaignBook

    @property
    def analysis_day(self) -> dt.date:
        return dt.date.fromisoformat(self.analysis.manifest["last_date"])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("campaigns")
    store = Store(folder / "home")
    scratch = store.home / "tmp" / "work"
    scratch.mkdir()
    place = Workplace(store, Settings(home=store.home, threads=1), scratch)
    write_sample(folder / "shop.csv", 500, 5)
    orders = pd.read_csv(folder / "shop.csv", dtype=str)
    day = pd.to_datetime(orders["ordered_at"]).dt.date
    known = day <= max(day) - dt.timedelta(days=HORIZON)
    orders[known].to_csv(folder / "before.csv", index=False)
    orders[~known].to_csv(folder / "after.csv", index=False)

    def read(name: str, into: tuple[str, Dataset] | None = None) -> Dataset:
        return store.dataset(import_file(place, folder / name, name, ImportOptions(), silent, into=into))

    first = read("before.csv")
    params = AnalysisParams(horizon_days=HORIZON, tune=False, learners=("logistic",), threads=1, margin=0.4)
    analysis = store.analysis(analyse_dataset(place, first, params, None, silent))
    add_defaults(place, analysis.id, silent)
    later = read("after.csv", (APPEND, first))
    book = CampaignBook(store, Edits(store.home), analysis, threads=1)
    return Shop(store, analysis, later, orders.assign(day=day), book)


def test_audiences_are_those_of_the_other_pages(shop: Shop) -> None:
    cards = {card["key"]: card["value"] for card in Overview.of(shop.analysis).cards}
    assert shop.book.audience("at_risk").size == cards["at_risk"] > 20
    assert shop.book.audience("everybody").size == cards["customers"]
    rules = audiences.default_rules(shop.store, shop.analysis)
    assert rules is not None
    queries = SegmentQueries(rules, audiences.looks(shop.book.edits, rules), threads=1)
    assert shop.book.audience("high_value").size == queries.count(SegmentFilter(at_risk=True)) > 0
    sizes = queries.summary(SegmentFilter()).by_segment
    for key, size in sizes.items():
        if size:
            assert shop.book.audience(f"segment:{rules.id}:{key}").size == size
    assert len(shop.book.choices()) > len(audiences.READY_MADE) + sum(size > 0 for size in sizes.values())
    # Everybody of the past window is still a customer.
    assert shop.book.audience("red").size == shop.analysis.metrics["winback"]["under"] > 0


def test_scores_are_those_of_the_segments(shop: Shop) -> None:
    rules = audiences.default_rules(shop.store, shop.analysis)
    queries = SegmentQueries(rules, audiences.looks(shop.book.edits, rules), threads=1)
    rows = queries.file.reader.frame("SELECT customer_id, r + f + m AS rfm FROM customers")
    wanted = rows.set_index("customer_id")["rfm"].loc[shop.book.file.ids.to_pylist()]
    assert shop.book.customers.ranks["rfm"].tolist() == wanted.tolist()


def test_the_start_is_the_analysis(shop: Shop) -> None:
    origins = shop.analysis.metrics["backtest"]["origins"]
    biases = [row["spend_bias"] for origin in origins for row in origin["rows"] if row["role"] == "champion"]
    assert len(biases) >= 2
    error = np.sqrt(np.mean(np.log1p(biases) ** 2))
    start = shop.book.start
    assert start.forecast_error == pytest.approx(max(error, 0.05), rel=1e-6)
    assert (start.margin, start.horizon_days) == (0.4, HORIZON)
    # Learned from buyers: the spread of the log of what they spend.
    assert 0.1 < shop.book.customers.sigma.min() <= shop.book.customers.sigma.max() < 3.0


def test_what_a_campaign_brought_is_read_from_the_next_orders(shop: Shop) -> None:
    params = replace(shop.book.start, contacted=200, rank="propensity")
    made = plans.save_campaign(
        shop.store, shop.book, "everybody", params, "Spring", shop.analysis_day + dt.timedelta(days=3)
    )
    campaign = shop.store.campaign(made)
    assert campaign.series == shop.later.series
    found = plans.outcomes_of(shop.store, campaign, shop.later).set_index("customer_id")
    after = shop.orders[shop.orders["day"] > shop.analysis_day]
    amounts = [
        Decimal(number) * Decimal(price)
        for number, price in zip(after["quantity"], after["unit_price"], strict=True)
    ]
    spend = after.assign(amount=amounts).groupby("customer_id")["amount"].sum()
    wanted = spend.reindex(found.index).fillna(Decimal(0)).astype(float)
    assert found["spend"].tolist() == wanted.tolist()
    bought = after[after["quantity"].astype(int) > 0].groupby("customer_id")["order_id"].nunique()
    assert found["orders"].tolist() == bought.reindex(found.index).fillna(0).astype(int).tolist()
    assert found["orders"].sum() > 50
    assert (found["arm"] == plans.HOLDOUT).sum() == 40
