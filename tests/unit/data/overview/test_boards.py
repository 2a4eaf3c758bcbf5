"""Reading an overview, also one of an earlier Lapwing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from callbacks.services import Services
from data.errors import NotFoundError, StoreError
from data.overview.boards import OVERVIEW, Overview
from data.store import ANALYSES, Analysis, Store, write_json
from settings import Settings

BOARDS = {
    "30": {"key": "30", "label": "Last 30 days", "kpis": [{"key": "customers", "value": 3}]},
    "90": {"key": "90", "label": "Last 90 days", "kpis": [{"key": "customers", "value": 4}]},
}
NEW = {
    "version": 2,
    "horizon_days": 90,
    "default": "90",
    "periods": BOARDS,
    "cohorts": {"unit": "month", "rows": []},
}
OLD = {"horizon_days": 60, "kpis": [{"key": "customers", "value": 5}]}


def analysis(home: Path, content: Any) -> Analysis:
    """A published analysis that has this overview and nothing else."""
    store = Store(home)

    def fill(folder: Path) -> dict[str, Any]:
        write_json(folder / OVERVIEW, content)
        return {"kind": "analysis", "dataset_id": "none"}

    return store.analysis(store.publish(ANALYSES, "Shop", fill))


def test_a_board_by_its_key(tmp_path: Path) -> None:
    found = Overview.of(analysis(tmp_path, NEW))
    assert found.keys == (("30", "Last 30 days"), ("90", "Last 90 days"))
    assert (found.version, found.default, found.horizon_days) == (2, "90", 90)
    assert found.board("30") == BOARDS["30"]
    # An address may name what this analysis does not have.
    assert found.board("365") == found.board() == BOARDS["90"]
    assert found.cards == ({"key": "customers", "value": 4},)
    assert found.cohorts == {"unit": "month", "rows": []}


def test_an_earlier_analysis_has_its_cards_only(tmp_path: Path) -> None:
    found = Overview.of(analysis(tmp_path, OLD))
    assert (found.version, found.horizon_days, found.keys, found.periods) == (1, 60, (), {})
    assert found.cards == ({"key": "customers", "value": 5},)
    with pytest.raises(NotFoundError, match="analyse again"):
        found.board("90")


@pytest.mark.parametrize("missing", ["default", "periods", "cohorts", "horizon_days"])
def test_a_damaged_overview_is_told(tmp_path: Path, missing: str) -> None:
    with pytest.raises(StoreError, match="Shop: its overview is damaged"):
        Overview.of(analysis(tmp_path, {key: value for key, value in NEW.items() if key != missing}))


def test_it_is_read_once(tmp_path: Path) -> None:
    services = Services.create(Settings(home=tmp_path))
    made = analysis(tmp_path, NEW)
    assert services.overview(made.id) is services.overview(made.id)
    services.store.delete_analysis(made.id)
    with pytest.raises(NotFoundError):
        services.overview(made.id)
