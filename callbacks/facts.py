"""What pages say about an analysis: its data set, its dates, its currency."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from callbacks.services import Services
from data.errors import LapwingError
from data.store import Analysis
from figures import words


@dataclass(frozen=True)
class Facts:
    """The frame of an analysis; `currency` is a code, or None where the data does not tell.

    `margin` is the share of net spend left after the cost of the goods, None where nobody was asked.
    """

    analysis_id: str
    name: str
    horizon_days: int
    cutoff: dt.date
    last_date: dt.date
    currency: str | None
    margin: float | None

    @classmethod
    def of(cls, services: Services, analysis_id: str) -> Facts:
        """Facts of an analysis of the workspace; NotFoundError where there is none."""
        analysis = services.analysis(analysis_id)
        return cls(
            analysis_id=analysis.id,
            name=analysis.name,
            horizon_days=int(analysis.manifest["horizon_days"]),
            cutoff=dt.date.fromisoformat(analysis.manifest["cutoff"]),
            last_date=dt.date.fromisoformat(analysis.manifest["last_date"]),
            currency=currency_of(services, analysis),
            margin=analysis.manifest.get("params", {}).get("margin"),
        )

    def dates(self, window: str) -> str:
        """First and last day of a window: "2 Apr 1998 to 30 Jun 1998"."""
        start = self.cutoff if window == "past" else self.last_date
        return f"{words.day(start + dt.timedelta(days=1))} to {words.day(start + dt.timedelta(days=self.horizon_days))}"


def currency_of(services: Services, analysis: Analysis) -> str | None:
    """Code of the account currency, as the import understood it."""
    try:
        found = services.store.dataset(analysis.dataset_id).ledger.get("understood", {}).get("currency")
    except LapwingError:
        # The analysis outlives its data set; amounts are then shown without a sign.
        return None
    return found if isinstance(found, str) else None
