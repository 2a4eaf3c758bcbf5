"""Publishing is all or nothing, and damage is named."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from data.errors import NotFoundError, StoreError
from data.store import (
    CAMPAIGNS,
    DATASETS,
    KINDS,
    OUTCOMES,
    PREDICTIONS,
    READOUT,
    READOUTS,
    SCENARIOS,
    SCHEMA_VERSION,
    SCORED,
    TABLE,
    Store,
    read_json,
    write_json,
)


def fill(folder: Path) -> dict[str, object]:
    (folder / "data.txt").write_text("hello")
    return {"buckets": [["data.txt"]], "first_date": "2025-01-01", "last_date": "2025-02-01"}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


def test_published_entries_are_read_back_newest_first(store: Store) -> None:
    ids = [store.publish(DATASETS, name, fill) for name in ("one", "two")]
    assert [entry.id for entry in store.datasets()] == ids[::-1]
    entry = store.dataset(ids[0])
    assert entry.name == "one"
    assert entry.buckets == [[entry.path / "data.txt"]]
    assert entry.manifest["files"]["data.txt"]["bytes"] == 5
    store.verify(entry)
    assert (store.home.stat().st_mode & 0o777) == 0o700


def test_a_failing_writer_leaves_nothing(store: Store) -> None:
    def broken(folder: Path) -> dict[str, object]:
        (folder / "half.txt").write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StoreError, match="No space left"):
        store.publish(DATASETS, "broken", broken)
    assert store.datasets() == []
    assert list((store.home / "tmp").iterdir()) == []


def test_giving_up_at_the_last_moment_publishes_nothing(store: Store) -> None:
    def give_up() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.publish(DATASETS, "late", fill, commit=give_up)
    assert store.datasets() == []


def test_a_cut_file_is_named_and_the_others_work(store: Store) -> None:
    good, bad = store.publish(DATASETS, "good", fill), store.publish(DATASETS, "bad", fill)
    (store.home / DATASETS / bad / "data.txt").write_text("hel")
    assert [entry.id for entry in store.datasets()] == [good]
    assert "data.txt" in store.damaged()[bad]
    with pytest.raises(StoreError, match=r"data\.txt"):
        store.dataset(bad)


def test_a_flipped_byte_is_found_by_its_checksum(store: Store) -> None:
    entry = store.dataset(store.publish(DATASETS, "one", fill))
    (entry.path / "data.txt").write_text("hellO")
    with pytest.raises(StoreError, match="checksum"):
        store.verify(entry)


def test_damaged_json_is_an_error_in_words(store: Store) -> None:
    entry = store.dataset(store.publish(DATASETS, "one", fill))
    (entry.path / "data.txt").write_text("hel{o")
    with pytest.raises(StoreError, match=r"data\.txt is damaged"):
        entry.read_json("data.txt")


def test_a_manifest_that_is_no_json_hides_only_its_own_entry(store: Store) -> None:
    good, bad = store.publish(DATASETS, "good", fill), store.publish(DATASETS, "bad", fill)
    (store.home / DATASETS / bad / "manifest.json").write_text("[1, 2")
    assert [entry.id for entry in store.datasets()] == [good]
    assert bad in store.damaged()


@pytest.mark.parametrize("wrong", ["", "..", "../x", "a/b", "none", "\x00"])
def test_an_id_never_leaves_the_workspace(store: Store, wrong: str) -> None:
    with pytest.raises((NotFoundError, StoreError)):
        store.dataset(wrong)


def test_deleting_a_data_set_takes_its_analyses(store: Store) -> None:
    dataset_id = store.publish(DATASETS, "one", fill)
    store.publish("analyses", "one", lambda folder: fill(folder) | {"dataset_id": dataset_id})
    store.publish("analyses", "other", lambda folder: fill(folder) | {"dataset_id": "other"})
    store.delete_dataset(dataset_id)
    assert store.datasets() == []
    assert [entry.name for entry in store.analyses()] == ["other"]


def test_another_format_is_refused_in_words(tmp_path: Path) -> None:
    Store(tmp_path)
    write_json(tmp_path / "workspace.json", {"schema": SCHEMA_VERSION + 1})
    with pytest.raises(StoreError, match=f"format {SCHEMA_VERSION + 1}"):
        Store(tmp_path)
    assert read_json(tmp_path / "workspace.json") == {"schema": SCHEMA_VERSION + 1}


def test_predictions_are_published_read_and_deleted(store: Store) -> None:
    def scored(folder: Path) -> dict[str, object]:
        (folder / SCORED).write_bytes(b"rows")
        return {"customers": 1}

    ids = [store.publish(PREDICTIONS, name, scored) for name in ("one", "two")]
    assert [entry.id for entry in store.predictions()] == ids[::-1]
    assert store.prediction(ids[0]).scored.read_bytes() == b"rows"
    store.delete_prediction(ids[0])
    assert [entry.id for entry in store.predictions()] == [ids[1]]
    with pytest.raises(NotFoundError, match="There is no prediction"):
        store.prediction(ids[0])
    (store.home / PREDICTIONS / ids[1] / SCORED).write_bytes(b"fewer rows")
    assert store.predictions() == []
    assert "its size differs" in store.damaged()[ids[1]]


def publish_campaigns(store: Store, dataset_id: str) -> tuple[str, str, str]:
    """One campaign, scenario and readout of a data set; their ids."""
    facts = {"dataset_id": dataset_id, "series": f"series of {dataset_id}", "analysis_id": "a"}

    def planned(folder: Path) -> dict[str, object]:
        (folder / TABLE).write_bytes(b"rows")
        return facts

    def read_out(folder: Path) -> dict[str, object]:
        (folder / OUTCOMES).write_bytes(b"rows")
        write_json(folder / READOUT, {"arms": []})
        return facts

    return (
        store.publish(CAMPAIGNS, "Spring", planned),
        store.publish(SCENARIOS, "Deep", lambda _folder: facts),
        store.publish(READOUTS, "Spring", read_out),
    )


def test_campaigns_scenarios_and_readouts_are_published_read_and_deleted(store: Store) -> None:
    campaign, scenario, readout = publish_campaigns(store, "one")
    publish_campaigns(store, "two")
    assert store.campaign(campaign).customers.read_bytes() == b"rows"
    assert [entry.id for entry in store.campaigns("series of one")] == [campaign]
    assert [entry.id for entry in store.scenarios("series of one")] == [scenario]
    assert store.scenario(scenario).series == store.campaign(campaign).series == "series of one"
    assert len(store.campaigns()) == len(store.scenarios()) == len(store.readouts()) == 2
    assert store.readout(readout).result == {"arms": []}
    assert store.readout(readout).outcomes.read_bytes() == b"rows"
    store.verify(store.readout(readout))
    store.delete_campaign(campaign)
    store.delete_scenario(scenario)
    store.delete_readout(readout)
    for words, read in (
        ("campaign", lambda: store.campaign(campaign)),
        ("scenario", lambda: store.scenario(scenario)),
        ("readout", lambda: store.readout(readout)),
    ):
        with pytest.raises(NotFoundError, match=f"There is no {words} "):
            read()
    assert len(store.campaigns()) == len(store.scenarios()) == len(store.readouts()) == 1
    assert list((store.home / "tmp").iterdir()) == []


def test_a_damaged_campaign_is_named_and_the_others_work(store: Store) -> None:
    bad, _, unread = publish_campaigns(store, "one")
    good, *_ = publish_campaigns(store, "two")
    (store.home / CAMPAIGNS / bad / TABLE).write_bytes(b"ro")
    (store.home / READOUTS / unread / "manifest.json").write_text("{")
    assert [entry.id for entry in store.campaigns()] == [good]
    assert set(store.damaged()) == {bad, unread}


def test_campaigns_go_with_the_last_version_of_their_data_set(store: Store) -> None:
    def version(series: str) -> str:
        return store.publish(DATASETS, "one", lambda folder: fill(folder) | {"series": series})

    first, second, other = version("series of one"), version("series of one"), version("series of two")
    for of in ("one", "two"):
        publish_campaigns(store, of)
    store.delete_dataset(second)
    assert len(store.planned("series of one")) == 3
    assert [entry.id for entry in store.datasets()] == [other, first]
    store.delete_dataset(first)
    assert store.planned("series of one") == []
    for entries in (store.campaigns(), store.scenarios(), store.readouts()):
        assert [entry.manifest["series"] for entry in entries] == ["series of two"]
    assert [entry.id for entry in store.datasets()] == [other]


def test_deleting_an_analysis_leaves_what_was_planned_from_it(store: Store) -> None:
    analysis = store.publish("analyses", "one", lambda folder: fill(folder) | {"dataset_id": "one"})
    publish_campaigns(store, "one")
    store.delete_analysis(analysis)
    assert len(store.campaigns()) == len(store.scenarios()) == len(store.readouts()) == 1


def test_a_workspace_of_before_gets_the_new_folders(tmp_path: Path) -> None:
    store = Store(tmp_path)
    kept = store.publish(DATASETS, "one", fill)
    for kind in (CAMPAIGNS, SCENARIOS, READOUTS):
        (tmp_path / kind).rmdir()
    again = Store(tmp_path)
    assert [entry.id for entry in again.datasets()] == [kept]
    assert (again.campaigns(), again.scenarios(), again.readouts(), again.damaged()) == ([], [], [], {})
    assert all((tmp_path / kind).is_dir() for kind in KINDS)
