"""The result of a saved campaign is read from newer transactions, and a job keeps it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from data.engine import connect, scan
from data.errors import InputError
from data.store import CAMPAIGNS, TABLE, Dataset, Manifest, Store
from jobs import readouts
from jobs.pipeline import make_sample
from jobs.queue import JobQueue
from jobs.workplace import Workplace
from models.campaign.params import CampaignParams
from settings import Settings
from tests.integration.test_jobs import end_workers

SECONDS = 120.0
HORIZON = 60
FREE = CampaignParams(discount=0.0, contact_cost=0.0, margin=0.5)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "workspace"
    end_workers(tmp_path / "workspace")


def silent(_share: float, _text: str) -> None:
    pass


def shop(home: Path) -> tuple[Workplace, Dataset]:
    place = Workplace(Store(home), Settings(home=home), home / "tmp" / "work")
    return place, place.store.dataset(make_sample(place, 300, 5, silent))


def lines(dataset: Dataset) -> pd.DataFrame:
    paths = [path for bucket in dataset.buckets for path in bucket]
    with closing(connect([dataset.path])) as connection:
        query = f"SELECT customer_id, day, CAST(amount AS DOUBLE) AS amount FROM {scan(paths)}"
        return connection.execute(query).df()


def save(place: Workplace, dataset: Dataset, as_of: dt.date) -> str:
    """A campaign to everybody who had bought by `as_of`, every third of them held out."""
    known = lines(dataset)
    ids = sorted(known[pd.to_datetime(known["day"]).dt.date <= as_of]["customer_id"].unique())
    frame = pd.DataFrame({"customer_id": ids})
    frame["arm"] = ["holdout" if at % 3 == 0 else "treat" for at in range(len(ids))]
    frame["rank"] = range(1, len(ids) + 1)
    frame["pred_prob"], frame["incremental_profit"] = 0.5, 0.25
    frame["pred_spend"] = [float(at % 11) for at in range(len(ids))]

    def fill(folder: Path) -> Manifest:
        frame.to_parquet(folder / TABLE, index=False)
        held = int((frame["arm"] == "holdout").sum())
        return {
            "kind": "campaign",
            "analysis_id": "none",
            "dataset_id": dataset.id,
            "series": dataset.series,
            "audience": "everybody",
            "params": FREE.to_dict(),
            "as_of": as_of.isoformat(),
            "horizon_days": HORIZON,
            "customers": len(frame),
            "treated": len(frame) - held,
            "held_out": held,
            "currency": "EUR",
            "rule": "by hand",
            "sha256": "0" * 64,
        }

    return place.store.publish(CAMPAIGNS, "Winter", fill)


def test_a_campaign_is_read_from_what_its_customers_bought(home: Path) -> None:
    place, dataset = shop(home)
    as_of = dataset.last_date - dt.timedelta(days=HORIZON + 10)
    campaign_id = save(place, dataset, as_of)
    job = JobQueue(home).submit(
        "readout", {"campaign_id": campaign_id, "dataset_id": dataset.id, "costs": FREE.to_dict()}
    )
    done = JobQueue(home).wait(job, SECONDS)
    assert done.state == "done", done.error
    assert done.result is not None
    found = place.store.readout(done.result["readout_id"])
    assert (found.name, found.manifest["dataset_id"]) == ("Winter", dataset.id)
    # By hand: net spend in the days after, by arm.
    chosen = pd.read_parquet(place.store.campaign(campaign_id).customers)
    bought = lines(dataset)
    days = pd.to_datetime(bought["day"]).dt.date
    inside = bought[(days > as_of) & (days <= as_of + dt.timedelta(days=HORIZON))]
    spend = chosen["customer_id"].map(inside.groupby("customer_id")["amount"].sum()).fillna(0.0)
    means = spend.groupby(chosen["arm"]).mean()
    (compared,) = found.result["read"]["comparisons"]
    assert compared["arm"] == "treat"
    assert compared["spend"]["treated"] == pytest.approx(means["treat"])
    assert compared["spend"]["control"] == pytest.approx(means["holdout"])
    assert means.min() > 0
    assert compared["spend"]["cuped"] is not None
    treated = int((chosen["arm"] == "treat").sum())
    assert found.result["predicted"] == {"net_profit": 0.25 * treated, "customers": treated}
    assert found.result["read"]["sample_ratio"]["planned"]
    assert found.result["notes"] == []


def test_a_campaign_that_is_not_over_says_so(home: Path) -> None:
    place, dataset = shop(home)
    as_of = dataset.last_date - dt.timedelta(days=20)
    campaign_id = save(place, dataset, as_of)
    found = readouts.read_campaign(place, campaign_id, dataset.id, params=FREE)
    assert found.result["source"]["days"] == 20
    assert found.result["notes"][0].startswith("Only 20 days of the 60 are there yet")
    assert found.result["predicted"] is None
    with pytest.raises(InputError, match="upload transactions of the days since"):
        readouts.read_campaign(place, save_later(place, dataset), dataset.id, params=FREE)


def save_later(place: Workplace, dataset: Dataset) -> str:
    return save(place, dataset, dataset.last_date)


def test_a_file_that_cannot_be_used_fails_the_job_in_words(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "result.csv"
    path.write_text("arm,spend\ntreat,1\ntreat,2\n")
    queue = JobQueue(home)
    done = queue.wait(queue.submit("readout", {"path": str(path), "name": "result.csv"}), SECONDS)
    assert (done.state, done.label) == ("failed", "Reading the result of result.csv")
    assert done.error is not None
    assert done.error.startswith("All rows of result.csv are in the one arm “treat”")
    looked = queue.wait(
        queue.submit("readout", {"path": str(path), "name": "result.csv", "look": True}), SECONDS
    )
    assert looked.state == "done", looked.error
    assert looked.result is not None
    assert looked.result["look"]["roles"]["arm"] == "arm"
    assert path.is_file()
