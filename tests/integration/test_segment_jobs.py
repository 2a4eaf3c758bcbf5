"""Segments made by jobs: beside an analysis, after the import of a table, when asked for, and not when cancelled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from data.store import SEGMENTS, Segmentation, Store
from jobs.queue import JobQueue
from models.params import AnalysisParams
from models.segmentation.params import SegmentParams
from tests.by_hand import segments_by_hand
from tests.integration.test_jobs import end_workers, until

HERE = Path(__file__).parent
SECONDS = 120.0


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "workspace"
    end_workers(tmp_path / "workspace")


def counts(segmentation: Segmentation) -> dict[str, int]:
    """Customers by segment in the file that pages ask."""
    words = {each["code"]: each["name"] for each in segmentation.report["segments"]}
    with duckdb.connect(str(segmentation.file(SEGMENTS)), read_only=True) as connection:
        rows = connection.execute("SELECT code, count(*) FROM customers GROUP BY code").fetchall()
    return {words[code]: number for code, number in rows}


def test_a_table_that_is_imported_is_divided_at_once(home: Path, real_data: Path) -> None:
    queue, store = JobQueue(home), Store(home)
    file = real_data / "rfm_clustered" / "RFM_Clustered.csv"
    imported = queue.wait(queue.submit("import", {"path": str(file), "name": "RFM_Clustered.csv"}), SECONDS)
    assert imported.state == "done", imported.error
    assert imported.result is not None
    job = queue.wait(str(imported.result["next_job"]), SECONDS)
    assert (job.kind, job.label, job.state) == ("segment", "Segmenting RFM_Clustered.csv", "done"), job.error
    assert job.result is not None
    assert job.result["dataset_id"] == imported.result["dataset_id"]
    found = {each.method: each for each in store.segmentations(imported.result["dataset_id"])}
    assert set(found) == {"rules", "kmeans", "given"}
    assert job.result["segmentation_ids"] == [found[name].id for name in ("rules", "kmeans", "given")]
    table = pd.read_csv(file)
    assert counts(found["given"]) == dict(Counter(table["Cluster"]))
    assert len(counts(found["given"])) == 10
    assert counts(found["given"])["Champions"] == 843
    by_hand = table.rename(
        columns={"Recency": "recency_days", "Frequency": "frequency", "Monetary": "monetary"}
    )
    assert counts(found["rules"]) == dict(Counter(segments_by_hand(by_hand)))


def test_an_analysis_brings_its_segments_and_others_can_be_asked_for(home: Path) -> None:
    queue, store = JobQueue(home), Store(home)
    sample = queue.wait(queue.submit("sample", {"customers": 300, "seed": 5}), SECONDS)
    assert sample.result is not None, sample.error
    dataset = sample.result["dataset_id"]
    params = AnalysisParams(tune=False, learners=("mbg_nbd", "logistic")).to_dict()
    analysed = queue.wait(queue.submit("analyse", {"dataset_id": dataset, "params": params}), SECONDS)
    assert analysed.result is not None, analysed.error
    analysis = store.analysis(analysed.result["analysis_id"])
    made = store.segmentations(analysis.id)
    assert [each.method for each in made] == ["kmeans", "rules"]
    now = pd.read_parquet(analysis.file("next.parquet"))
    assert counts(made[1]) == dict(Counter(segments_by_hand(now)))
    assert sum(counts(made[0]).values()) == len(now)
    # The same asked twice is one job.
    asked = {"analysis_id": analysis.id, "params": SegmentParams(method="kmeans", k=3).to_dict()}
    first, second = queue.submit("segment", asked), queue.submit("segment", asked)
    assert first == second
    job = queue.wait(first, SECONDS)
    assert job.result is not None, job.error
    three = store.segmentation(job.result["segmentation_id"])
    assert len(counts(three)) == 3
    assert len(store.segmentations(analysis.id)) == 3
    store.delete_analysis(analysis.id)
    assert store.segmentations() == []


def test_a_job_that_is_cancelled_publishes_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    queue, store = JobQueue(home, bodies="held_bodies"), Store(home)
    sample = {"customers": 100, "seed": 5, "table": "customers"}
    made = queue.wait(queue.submit("sample", sample), SECONDS)
    assert made.result is not None, made.error
    # Its own segments are asked for without a folder to hold the job by, so that job fails at once.
    queue.wait(str(made.result["next_job"]), SECONDS)
    for number, hold_from in enumerate((0.0, 0.1, 0.9)):
        folder = tmp_path / f"stage-{number}"
        folder.mkdir()
        asked = {"dataset_id": made.result["dataset_id"], "folder": str(folder), "hold_from": hold_from}
        job_id = queue.submit("segment", asked)
        until((folder / "held").exists, SECONDS)
        queue.cancel(job_id)
        (folder / "go").touch()
        assert queue.wait(job_id, SECONDS).state == "cancelled"
        assert store.segmentations() == []
        assert not (home / "tmp" / job_id).exists()
