"""The charts of the overview: what each is called, what it shows, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from pages._ui import ids


@dataclass(frozen=True)
class Chart:
    """One chart of the page: `place` where it stands in the grid, `text` what it shows, in a line."""

    graph: str
    note: str
    table: str
    title: str
    text: str
    label: str
    file: str
    place: str
    table_title: str = "As a table"
    controls: bool = field(default=False)


TIME: Final = Chart(
    ids.OVERVIEW_TIME,
    ids.OVERVIEW_TIME_NOTE,
    ids.OVERVIEW_TIME_TABLE,
    "Revenue and active customers",
    "What came in, and how many customers bought.",
    "Revenue and active customers over time, with the time before.",
    "revenue-and-customers",
    "time",
)
BRIDGE: Final = Chart(
    ids.OVERVIEW_BRIDGE,
    ids.OVERVIEW_BRIDGE_NOTE,
    ids.OVERVIEW_BRIDGE_TABLE,
    "What changed revenue",
    "From the period before to this one, customer by customer. To the cent.",
    "Revenue before, what each group of customers took off or added, and revenue now.",
    "revenue-bridge",
    "bridge",
    table_title="",
)
SEGMENTS: Final = Chart(
    ids.OVERVIEW_SEGMENTS,
    ids.OVERVIEW_SEGMENTS_NOTE,
    ids.OVERVIEW_SEGMENTS_TABLE,
    "Segments",
    "How many customers are in each, and what it brought in the period.",
    "Each segment's share of the customers beside its share of the revenue.",
    "segments",
    "segments",
)
CONCENTRATION: Final = Chart(
    ids.OVERVIEW_CONCENTRATION,
    ids.OVERVIEW_CONCENTRATION_NOTE,
    ids.OVERVIEW_CONCENTRATION_TABLE,
    "How concentrated revenue is",
    "The customers of the period in order of what they spent, the best first.",
    "Share of the revenue by share of the customers, the best first.",
    "revenue-concentration",
    "concentration",
)
COHORTS: Final = Chart(
    ids.OVERVIEW_COHORTS,
    ids.OVERVIEW_COHORTS_NOTE,
    ids.OVERVIEW_COHORTS_TABLE,
    "Do new customers stay?",
    "Customers by the time of their first purchase, and what became of them since.",
    "Customers by the time of their first purchase: how many bought again, or what they spent, in the time after.",
    "cohorts",
    "cohorts",
    controls=True,
)
CHARTS: Final = (TIME, BRIDGE, SEGMENTS, CONCENTRATION, COHORTS)
