"""The result of a saved campaign is read from newer transactions, and a job keeps it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from data.campaign.plans import list_csv
from data.engine import connect, scan
from data.errors import InputError
from data.reading import ImportOptions
from data.store import CAMPAIGNS, TABLE, Campaign, Dataset, Manifest, Store
from jobs import readouts
from jobs.pipeline import make_sample
from jobs.queue import JobQueue
from jobs.readout_columns import Roles
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


def test_a_file_is_the_test_of_a_saved_campaign(home: Path, tmp_path: Path) -> None:
    place, dataset = shop(home)
    campaign = place.store.campaign(save(place, dataset, dataset.last_date))
    listed = pd.read_parquet(campaign.customers)
    spend = 2.0 * listed["pred_spend"] + (listed["arm"] == "treat")
    path = tmp_path / "result.csv"
    listed[["customer_id", "arm"]].assign(spend=spend).to_csv(path, index=False)
    found = of_campaign(place, path, campaign)
    read = found.result["read"]
    # What was predicted of each is joined by id: it explains all but the offer, to the cent.
    assert found.outcomes.set_index("customer_id")["covariate"].to_dict() == dict(
        zip(listed["customer_id"], listed["pred_spend"], strict=True)
    )
    assert read["cuped"]["covariate"] == "predicted spend"
    assert read["cuped"]["theta"] == pytest.approx(2.0)
    assert read["comparisons"][0]["spend"]["cuped"]["difference"] == pytest.approx(1.0)
    held = int((listed["arm"] == "holdout").sum())
    assert read["sample_ratio"]["planned"]
    assert read["sample_ratio"]["expected"] == pytest.approx({"holdout": held, "treat": len(listed) - held})
    treated = len(listed) - held
    assert found.result["predicted"] == {"net_profit": 0.25 * treated, "customers": treated}
    assert (found.result["notes"], found.result["source"]["campaign"]) == ([], "Winter")


def of_campaign(place: Workplace, path: Path, campaign: Campaign) -> readouts.Readout:
    return readouts.read_file(
        place, path, path.name, ImportOptions(), Roles(), params=FREE, campaign=campaign
    )


def test_a_file_that_differs_from_the_list_of_its_campaign_says_how(home: Path, tmp_path: Path) -> None:
    place, dataset = shop(home)
    campaign = place.store.campaign(save(place, dataset, dataset.last_date))
    listed = pd.read_parquet(campaign.customers)[["customer_id", "arm"]]
    given = listed.iloc[20:].copy()
    given.iloc[0, 1] = "holdout" if given.iloc[0, 1] == "treat" else "treat"
    given = pd.concat([given, pd.DataFrame({"customer_id": ["somebody"], "arm": ["treat"]})])
    path = tmp_path / "result.csv"
    given.assign(spend=[float(at % 5) for at in range(len(given))]).to_csv(path, index=False)
    notes = of_campaign(place, path, campaign).result["notes"]
    assert notes[0].startswith(f"20 of the {len(listed):,} customers of the campaign are not in the file.")
    assert notes[1] == "1 customer of the file are not in the campaign's list."
    assert notes[2].startswith("1 customer got another arm than was drawn for them.")
    path.write_text(
        "id,arm,spend\n" + "".join(f"x{at},{'treat' if at % 2 else 'control'},{at}\n" for at in range(9))
    )
    with pytest.raises(InputError, match="No customer of the file is in the campaign Winter"):
        of_campaign(place, path, campaign)
    path.write_text("arm,spend\n" + "".join(f"{'treat' if at % 2 else 'control'},{at}\n" for at in range(9)))
    (told,) = of_campaign(place, path, campaign).result["notes"]
    assert told.startswith("Without a column of the customer it cannot be told")


def test_ids_that_our_lists_made_inert_are_known_again(home: Path, tmp_path: Path) -> None:
    place, dataset = shop(home)
    ids = ["=1+1", "+4930", "-7", "@anna", "'quoted", "plain"]

    def fill(folder: Path) -> Manifest:
        frame = pd.DataFrame({"customer_id": ids, "arm": ["treat", "holdout"] * 3, "rank": range(1, 7)})
        frame["pred_prob"], frame["pred_spend"], frame["incremental_profit"] = 0.5, [1.0, 2, 3, 4, 5, 6], 0.0
        frame.to_parquet(folder / TABLE, index=False)
        facts = place.store.campaign(save(place, dataset, dataset.last_date)).manifest
        return dict(facts) | {"customers": 6, "treated": 3, "held_out": 3}

    campaign = place.store.campaign(place.store.publish(CAMPAIGNS, "Odd", fill))
    path = tmp_path / "list.csv"
    path.write_bytes(b"".join(list_csv(campaign)))
    assert "'=1+1" in path.read_text(encoding="utf-8-sig")
    frame = pd.read_csv(path, dtype=str, encoding="utf-8-sig")
    frame.assign(spend=range(6)).drop(columns="pred_spend").to_csv(path, index=False)
    found = of_campaign(place, path, campaign)
    assert found.outcomes.set_index("customer_id")["covariate"].to_dict() == dict(
        zip(ids, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], strict=True)
    )
    assert found.result["notes"] == []
