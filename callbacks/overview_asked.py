"""What a chart of the overview is asked to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from callbacks.facts import Facts
from callbacks.overview_words import group_href

if TYPE_CHECKING:
    from callbacks.services import Services


@dataclass(frozen=True)
class Asked:
    """What a chart is asked to show; `narrow` on a phone, `tablet` on what is wider, but not wide."""

    services: Services
    analysis_id: str
    facts: Facts
    board: Mapping[str, Any]
    cohorts: Mapping[str, Any]
    theme: str
    narrow: bool
    tablet: bool
    show: str
    as_: str

    @classmethod
    def read(cls, services: Services, data: Mapping[str, Any]) -> Asked:
        """The question in a store of the page; LapwingError where its analysis is gone or has no boards."""
        analysis_id = str(data["analysis"])
        overview = services.overview(analysis_id)
        return cls(
            services=services,
            analysis_id=analysis_id,
            facts=Facts.of(services, analysis_id),
            board=overview.board(str(data.get("period") or "")),
            cohorts=overview.cohorts,
            theme=str(data.get("theme")),
            narrow=data.get("room") == "phone",
            tablet=data.get("room") == "tablet",
            show=str(data.get("show") or "customers"),
            as_=str(data.get("as") or "percent"),
        )

    @property
    def currency(self) -> str | None:
        """Code of the account currency."""
        return self.facts.currency

    def listed(self, group: str) -> str:
        """Where the customers of a group are listed."""
        return group_href(group, self.analysis_id)


def scale_of(data: Mapping[str, Any]) -> float:
    """How large letters are on the asking page, against 16 pixels."""
    scale = data.get("scale")
    return min(3.0, max(0.5, float(scale))) if isinstance(scale, int | float) else 1.0
