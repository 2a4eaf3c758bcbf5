"""Reading the overview of an analysis as it was worked out when the analysis was made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from data.errors import NotFoundError, StoreError
from data.store import Analysis

OVERVIEW: Final = "overview.json"
# What is written now; earlier analyses have a row of cards and nothing else.
VERSION: Final = 2


@dataclass(frozen=True)
class Overview:
    """The overview of one analysis; `keys` are its periods as (key, label), in the order they are offered.

    Of an analysis that an earlier Lapwing made, `version` is 1, there are no periods, and `cards` are the
    cards it has; `default` is then empty.
    """

    version: int
    horizon_days: int
    default: str
    keys: tuple[tuple[str, str], ...]
    cohorts: dict[str, Any] = field(repr=False)
    cards: tuple[dict[str, Any], ...] = field(repr=False)
    content: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, analysis: Analysis) -> Overview:
        """The overview of `analysis`; NotFoundError where it has none, StoreError where it is damaged."""
        content = analysis.read_json(OVERVIEW)
        try:
            if content.get("version", 1) < VERSION:
                days, cards = int(content["horizon_days"]), tuple(content["kpis"])
                return cls(1, days, "", (), {}, cards, {"periods": {}})
            boards = content["periods"]
            return cls(
                version=int(content["version"]),
                horizon_days=int(content["horizon_days"]),
                default=str(content["default"]),
                keys=tuple((key, str(board["label"])) for key, board in boards.items()),
                cohorts=content["cohorts"],
                cards=tuple(boards[content["default"]]["kpis"]),
                content=content,
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise StoreError(
                f"{analysis.name}: its overview is damaged ({error!r}): analyse again."
            ) from error

    @property
    def periods(self) -> dict[str, dict[str, Any]]:
        """The board of every period by its key; empty for an analysis of an earlier Lapwing."""
        boards: dict[str, dict[str, Any]] = self.content["periods"]
        return boards

    def board(self, key: str = "") -> dict[str, Any]:
        """The board of a period, that of the default where there is no such period.

        Raises NotFoundError for an analysis of an earlier Lapwing.
        """
        if not self.periods:
            raise NotFoundError(
                "An earlier Lapwing made this analysis: analyse again to see all of the overview."
            )
        return self.periods.get(key, self.periods[self.default])
