"""Books of campaigns are shared by all who ask, and the last few stay open."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from callbacks.services import Services
from data.errors import NotFoundError
from data.queries import CustomerFilter
from data.segments.filter import SegmentFilter
from settings import Settings
from tests.campaigns import campaign_shop


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return Services.create(Settings(home=tmp_path, autosample=False))


def test_who_asks_at_the_same_time_gets_the_same_book(services: Services) -> None:
    shop = campaign_shop(services.store.home, 60)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(services.campaign, [shop.analysis.id] * 4))
    assert all(each is found[0] for each in found)
    assert len(found[0].customers) == 40


def test_files_that_other_pages_have_open_can_be_asked_too(services: Services) -> None:
    shop = campaign_shop(services.store.home, 60)
    queries, segments = services.queries(shop.analysis.id), services.segments(shop.rules_id)
    book = services.campaign(shop.analysis.id)
    found = book.audience(f"segment:{shop.rules_id}:at_risk")
    assert found.size == segments.count(SegmentFilter(segments=("at_risk",))) > 0
    assert queries.count(CustomerFilter(window="next")) == len(book.customers)


def test_the_last_two_stay_open(services: Services) -> None:
    shops = [campaign_shop(services.store.home, 60, seed) for seed in range(3)]
    books = [services.campaign(shop.analysis.id) for shop in shops]
    assert services.campaign(shops[2].analysis.id) is books[2]
    assert services.campaign(shops[1].analysis.id) is books[1]
    assert services.campaign(shops[0].analysis.id) is not books[0]
    # One that somebody still reads from goes on answering.
    assert books[0].audience("everybody").size == 40


def test_one_that_was_deleted_is_not_there(services: Services) -> None:
    shop = campaign_shop(services.store.home, 60)
    services.campaign(shop.analysis.id)
    services.store.delete_analysis(shop.analysis.id)
    with pytest.raises(NotFoundError, match="There is no analysis"):
        services.campaign(shop.analysis.id)
