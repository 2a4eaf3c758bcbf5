"""Open segmentations are shared; what people changed of them is read at each use."""

from __future__ import annotations

from pathlib import Path

import pytest

from callbacks.services import Services
from data.errors import NotFoundError
from data.segments.filter import SegmentFilter
from settings import Settings
from tests.segmentations import make_segmentation


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return Services.create(Settings(home=tmp_path, autosample=False))


def test_the_file_stays_open_and_names_are_read_afresh(services: Services) -> None:
    made = make_segmentation(services.store)
    first = services.segments(made)
    services.edits.save_looks(
        "series-1", "rules", {"lost": {"into": "at_risk"}, "at_risk": {"name": "Going"}}
    )
    second = services.segments(made)
    assert second.file is first.file
    assert [look.name for look in first.looks] == ["Champions", "Loyal", "New", "At risk", "Lost"]
    assert [look.name for look in second.looks] == ["Champions", "Loyal", "New", "Going"]
    assert second.count(SegmentFilter(segments=("at_risk",))) == sum(
        first.count(SegmentFilter(segments=(key,))) for key in ("at_risk", "lost")
    )


def test_only_the_last_few_stay_open(services: Services) -> None:
    made = [make_segmentation(services.store, 20) for _ in range(6)]
    files = [services.segments(item).file for item in made]
    assert services.segments(made[-1]).file is files[-1]
    assert services.segments(made[0]).file is not files[0]
    # One that somebody still reads from goes on answering.
    assert files[0].reader.rows("SELECT count(*) FROM customers") == [(20,)]


def test_one_that_was_deleted_is_not_there(services: Services) -> None:
    made = make_segmentation(services.store, 20)
    services.segments(made)
    services.store.delete_segmentation(made)
    with pytest.raises(NotFoundError):
        services.segments(made)
