"""Shops with an analysis, for tests of what their overview tells: the sample and, where they are here, real files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import duckdb
import pandas as pd
import pytest

from callbacks.filters import read_filter
from callbacks.services import Services
from data.overview.boards import Overview
from data.queries import CustomerQueries
from data.reading import ImportOptions
from data.sample import write_sample
from data.store import Store
from jobs.importing import import_file
from jobs.pipeline import analyse_dataset
from jobs.workplace import Workplace
from models.params import AnalysisParams
from settings import Settings


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

    @property
    def frame(self) -> pd.DataFrame:
        """All lines."""
        return duckdb.execute(f"SELECT customer_id, order_id, day, quantity, amount FROM {self.lines}").df()

    def listed(self, href: str) -> int:
        """How many customers the page of this address lists."""
        return self.queries.summary(read_filter(dict(parse_qsl(urlsplit(href).query)))).customers


def sample(folder: Path) -> Path:
    path = folder / "shop.parquet"
    write_sample(path, customers=1500, seed=7)
    return path


# The files of real shops, in the folder of real data; the sample is made.
FILES: Final = {
    "sample": None,
    "cdnow": "cdnow/CDNOW_master.txt",
    "online_retail": "online_retail/online_retail_iso-8859-1.csv.gz",
}
# An analysis takes a while: one for all tests of a process.
_MADE: dict[str, Shop] = {}


@pytest.fixture(scope="module", params=FILES)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Each of the shops; the real ones are skipped where there is no real data."""
    name = request.param
    if name not in _MADE:
        folder, file = tmp_path_factory.mktemp(name), FILES[name]
        path = request.getfixturevalue("real_data") / file if file else sample(folder)
        _MADE[name] = _made(folder, path)
    return _MADE[name]


def _made(folder: Path, path: Path) -> Shop:
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
