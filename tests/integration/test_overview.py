"""The overview that an analysis comes with, against its data set and its predictions by plain SQL."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from data.engine import connect
from data.overview.boards import OVERVIEW, Overview
from data.overview.gathering import gather
from data.reading import ImportOptions
from data.sample import write_sample
from data.serving import SERVING
from data.store import Analysis, Dataset, Store
from jobs.importing import import_file
from jobs.pipeline import analyse_dataset
from jobs.workplace import Workplace
from models.params import AnalysisParams
from settings import Settings
from tests import overview_by_hand as by_hand

PARAMS = AnalysisParams(horizon_days=60, tune=False, learners=("logistic",), threads=1)


def silent(_share: float, _text: str) -> None:
    """Report to nobody."""


def place_of(home: Path) -> Workplace:
    store = Store(home)
    place = Workplace(store, Settings(home=store.home, threads=2), store.home / "tmp" / "work")
    place.folder()
    return place


def frame_of(dataset: Dataset) -> pd.DataFrame:
    """All lines of a data set."""
    files = [str(path) for bucket in dataset.buckets for path in bucket]
    with duckdb.connect() as connection:
        text = "SELECT customer_id, order_id, day, quantity, amount FROM read_parquet($files, union_by_name = true)"
        return connection.execute(text, {"files": files}).df()


@dataclass(frozen=True)
class Shop:
    place: Workplace
    dataset: Dataset
    analysis: Analysis

    @property
    def overview(self) -> Overview:
        return Overview.of(self.analysis)

    def ask(self, text: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.analysis.file(SERVING)), read_only=True) as connection:
            return connection.execute(text).fetchall()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("overview")
    place = place_of(folder / "home")
    write_sample(folder / "shop.csv", 800, 11)
    imported = import_file(place, folder / "shop.csv", "shop.csv", ImportOptions(), silent)
    dataset = place.store.dataset(imported)
    analysis = place.store.analysis(analyse_dataset(place, dataset, PARAMS, None, silent))
    return Shop(place, dataset, analysis)


def cards(shop: Shop, key: str = "") -> dict[str, dict[str, Any]]:
    return {card["key"]: card for card in shop.overview.board(key)["kpis"]}


def test_the_periods_are_offered_with_the_horizon_as_default(shop: Shop) -> None:
    assert [key for key, _ in shop.overview.keys] == ["30", "60", "90", "180", "365", "all"]
    assert shop.overview.board("nonsense")["key"] == shop.overview.default == "60"
    assert shop.overview.content["currency"] == "EUR"


def test_risk_is_counted_in_each_forecast(shop: Shop) -> None:
    risky = "FROM {} WHERE orders_365 > 0 AND 1 - pred_prob >= 0.5"
    now, then = (
        shop.ask(f"SELECT count(*), round(sum(spend_365), 4) {risky.format(table)}")[0]
        for table in ("next", "past")
    )
    told = cards(shop)
    assert (told["at_risk"]["value"], told["revenue_at_risk"]["value"]) == now
    assert now[0] > 20
    assert told["at_risk"]["since"] == shop.analysis.manifest["cutoff"]
    assert told["at_risk"]["change"] == pytest.approx(now[0] / then[0] - 1, abs=1e-6)
    assert told["revenue_at_risk"]["change"] == pytest.approx(now[1] / then[1] - 1, abs=1e-6)
    origins = {one["cutoff"]: one for one in shop.analysis.metrics["backtest"]["origins"]}
    spark = dict(told["at_risk"]["spark"])
    assert set(spark) == {*origins, shop.analysis.manifest["cutoff"], shop.analysis.manifest["last_date"]}
    # Everybody was in the sample: nothing to scale.
    for day in set(origins) - {shop.analysis.manifest["cutoff"]}:
        assert spark[day] == origins[day]["at_risk"]["customers"]
    year = cards(shop, "365")["at_risk"]
    last = shop.dataset.last_date
    nearest = min(spark, key=lambda day: abs((dt.date.fromisoformat(day) - last).days + 365))
    assert (year["since"], len(year["spark"])) == (nearest, len(origins) + 1)


def test_the_serving_file_has_what_customers_did(shop: Shop) -> None:
    with by_hand.hand(frame_of(shop.dataset)) as ask:
        firsts = dict(ask.rows("SELECT customer_id, year(first) * 100 + month(first) FROM firsts"))
    assert dict(shop.ask("SELECT customer_id, first_month FROM next")) == firsts
    columns = {
        row[0]: row[1]
        for row in shop.ask(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'next'"
        )
    }
    past = {
        row[0]
        for row in shop.ask("SELECT column_name FROM information_schema.columns WHERE table_name = 'past'")
    }
    assert columns["first_month"] == "INTEGER"
    for key, _ in shop.overview.keys:
        assert columns[f"net_{key}"] == "DOUBLE"
        assert columns[f"change_{key}"] == "TINYINT"
        assert columns[f"bought_{key}"] == columns[f"top_{key}"] == "BOOLEAN"
        assert f"net_{key}" not in past
        board = shop.overview.board(key)
        listed = shop.ask(
            f"SELECT customer_id FROM (SELECT *, row_number() OVER (ORDER BY net_{key} DESC, customer_id) AS place,"
            f" count(*) OVER () AS buyers FROM next WHERE bought_{key}) WHERE place <= greatest(buyers // 10, 1)"
        )
        assert sorted(listed) == sorted(shop.ask(f"SELECT customer_id FROM next WHERE top_{key}"))
        assert len(listed) == board["concentration"]["top_customers"]
        bought = shop.ask(f"SELECT count(*) FROM next WHERE bought_{key}")[0][0]
        assert bought == board["concentration"]["customers"]
        if board["bridge"]:
            found = dict(shop.ask(f"SELECT change_{key}, count(*) FROM next GROUP BY ALL"))
            told = [part["customers"] for part in board["bridge"]["parts"]]
            assert told == [found.get(place, 0) for place in range(1, 6)]


def test_the_files_that_others_read_keep_their_columns(shop: Shop) -> None:
    following = pd.read_parquet(shop.analysis.file("next.parquet"))
    assert not [
        name for name in following if str(name).startswith(("net_", "change_", "bought_", "top_", "first_m"))
    ]


def test_the_same_again_is_the_same(shop: Shop) -> None:
    again = shop.place.store.analysis(analyse_dataset(shop.place, shop.dataset, PARAMS, None, silent))
    assert again.file(OVERVIEW).read_bytes() == shop.analysis.file(OVERVIEW).read_bytes()
    assert len(json.dumps(shop.overview.content)) < 400_000


REAL = {"cdnow": "cdnow/CDNOW_master.txt", "online_retail": "online_retail/online_retail_iso-8859-1.csv.gz"}


@pytest.mark.parametrize("name", REAL)
def test_real_data_is_what_plain_sql_counts(tmp_path: Path, real_data: Path, name: str) -> None:
    place, path = place_of(tmp_path / "home"), real_data / REAL[name]
    dataset = place.store.dataset(import_file(place, path, path.name, ImportOptions(), silent))
    first = dt.date.fromisoformat(dataset.manifest["first_date"])
    with closing(connect([dataset.path], threads=2, memory_mb=1024)) as connection:
        found = gather(connection, dataset.buckets, first, dataset.last_date, 90)
    # All that the ledger kept, to the cent and beyond.
    assert found.revenue(first, dataset.last_date) == Decimal(dataset.ledger["amount"]["kept"])
    frame = frame_of(dataset)
    by_hand.check_bridges(found, frame)
    by_hand.check_people(found, frame)
    by_hand.check_periods(found, frame)
    told = {key: parts["lost"].customers for key, parts in found.parts.items()}
    assert told["90"] == {"cdnow": 2059, "online_retail": 585}[name]
