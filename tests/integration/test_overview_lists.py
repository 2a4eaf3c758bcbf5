"""The overview tells numbers of customers; the list behind each has exactly as many, and the right ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import duckdb
import pytest

from callbacks.facts import Facts
from callbacks.filters import read_filter
from callbacks.overview_words import group_href, sentence
from callbacks.services import Services
from data.overview.boards import Overview
from data.queries import CustomerFilter, CustomerQueries
from data.reading import ImportOptions
from data.sample import write_sample
from data.store import Store
from jobs.importing import import_file
from jobs.pipeline import analyse_dataset
from jobs.workplace import Workplace
from models.params import AnalysisParams
from settings import Settings

CHANGES = ("lost", "down", "up", "returned", "new")
ONLINE_RETAIL = "online_retail/online_retail_iso-8859-1.csv.gz"
# Who it is, by plain SQL over the lines: `bought` is a purchase, `n` a line in the period, `b` one in the period before.
BY_HAND = {
    "lost": "b > 0 AND n = 0",
    # Who sent something back before ever buying is new all the same.
    "new": "first_bought >= $start",
    "returned": "b = 0 AND n > 0 AND first_bought < $start",
    "bought": "n_bought > 0",
    "again": "n_bought > 0 AND b_bought > 0",
    "not_again": "n_bought = 0 AND b_bought > 0",
}


@dataclass(frozen=True)
class Shop:
    services: Services
    analysis_id: str
    lines: str

    @property
    def overview(self) -> Overview:
        return Overview.of(self.services.analysis(self.analysis_id))

    @property
    def queries(self) -> CustomerQueries:
        return self.services.queries(self.analysis_id)

    def listed(self, href: str) -> int:
        """How many customers the page of this address lists."""
        return self.queries.summary(read_filter(dict(parse_qsl(urlsplit(href).query)))).customers


def sample(folder: Path) -> Path:
    path = folder / "shop.parquet"
    write_sample(path, customers=1500, seed=7)
    return path


def real(name: str) -> Callable[[Path], Path]:
    def found(_folder: Path) -> Path:
        path = Settings().real_data / name
        if not path.exists():
            pytest.skip(f"{path} is not here; LAPWING_REAL_DATA says where the real files are")
        return path

    return found


@pytest.fixture(
    scope="module",
    params=[sample, real("cdnow/CDNOW_master.txt"), real(ONLINE_RETAIL)],
    ids=["sample", "cdnow", "online_retail"],
)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("overview-lists")
    path = request.param(folder)
    store = Store(folder / "home")
    place = Workplace(store, Settings(home=store.home), store.home / "tmp" / "work")
    place.folder()

    def silent(_share: float, _text: str) -> None:
        """Report to nobody."""

    dataset = store.dataset(import_file(place, path, path.name, ImportOptions(), silent))
    params = AnalysisParams(learners=("plain_logistic",), tune=False)
    analysis_id = analyse_dataset(place, dataset, params, None, silent)
    files = ", ".join(f"'{each}'" for bucket in dataset.buckets for each in bucket)
    return Shop(Services.create(Settings(home=store.home)), analysis_id, f"read_parquet([{files}])")


def test_every_finding_leads_to_as_many_customers_as_it_tells(shop: Shop) -> None:
    facts = Facts.of(shop.services, shop.analysis_id)
    found: list[dict[str, Any]] = []
    for key, _label in shop.overview.keys:
        insights = shop.overview.board(key)["insights"]
        assert len(insights) <= 6
        for finding in insights:
            told = sentence(finding, facts)
            customers = finding["numbers"]["customers"]
            assert shop.listed(told.href) == customers > 0, (key, finding)
            assert f"{customers:,}" in told.text
            found.append(finding)
    assert found


def test_every_part_of_the_bridge_has_its_list(shop: Shop) -> None:
    compared = 0
    for key, _label in shop.overview.keys:
        bridge = shop.overview.board(key)["bridge"]
        for part in bridge["parts"] if bridge else ():
            assert shop.listed(group_href(part["group"], shop.analysis_id)) == part["customers"], (key, part)
            compared += 1
    assert compared >= len(CHANGES)


def test_cohorts_and_best_customers_have_their_lists(shop: Shop) -> None:
    rows = shop.overview.cohorts["rows"]
    assert rows
    for row in rows:
        assert shop.listed(group_href(row["group"], shop.analysis_id)) == row["customers"], row
    # Everybody once bought for the first time.
    assert sum(row["customers"] for row in rows) == shop.queries.customers["next"]
    for key, _label in shop.overview.keys:
        share = shop.overview.board(key)["concentration"]
        if share:
            assert shop.listed(group_href(share["group"], shop.analysis_id)) == share["top_customers"]


def test_lists_hold_the_customers_that_plain_sql_finds(shop: Shop) -> None:
    end = shop.services.analysis(shop.analysis_id).manifest["last_date"]
    last = dt.date.fromisoformat(end)
    start, before = last - dt.timedelta(days=89), last - dt.timedelta(days=179)
    bought = "amount > 0 AND (quantity IS NULL OR quantity > 0)"
    told = (
        "SELECT customer_id, count(*) FILTER (WHERE day >= $start) AS n,"
        " count(*) FILTER (WHERE day >= $before AND day < $start) AS b,"
        f" count(*) FILTER (WHERE day >= $start AND {bought}) AS n_bought,"
        f" count(*) FILTER (WHERE day >= $before AND day < $start AND {bought}) AS b_bought,"
        f" min(day) FILTER (WHERE {bought}) AS first_bought FROM {shop.lines} GROUP BY customer_id"
    )
    for kind, condition in BY_HAND.items():
        rows = duckdb.execute(
            f"SELECT customer_id FROM ({told}) WHERE first_bought IS NOT NULL AND {condition}",
            {"start": start, "before": before},
        ).fetchall()
        chosen = CustomerFilter(window="next", group=f"{kind}:90")
        listed = [name for batch in shop.queries.export(chosen) for name in batch.column(0).to_pylist()]
        assert sorted(listed) == sorted(row[0] for row in rows), kind
        # CDNOW followed the customers of one quarter: nobody is new later.
        assert listed or kind == "new", kind
