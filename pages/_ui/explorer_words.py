"""Words and choices of the segments page that its layout and its callbacks share."""

from __future__ import annotations

from typing import Any, Final

# A select cannot show an empty value.
ANY: Final = "any"
NOTHING: Final = "none"

CLV_WORDS: Final = {
    "top10": "Top 10 %",
    "top25": "Top 25 %",
    "middle": "Middle half",
    "bottom25": "Bottom 25 %",
}
CHURN_WORDS: Final = {"low": "Low, under 30 %", "medium": "Medium", "high": "High, 70 % and more"}
CLV_OPTIONS: Final[list[dict[str, Any]]] = [
    {"label": "Any", "value": ANY},
    *({"label": words, "value": key} for key, words in CLV_WORDS.items()),
]
CHURN_OPTIONS: Final[list[dict[str, Any]]] = [
    {"label": "Any", "value": ANY},
    *({"label": words, "value": key} for key, words in CHURN_WORDS.items()),
]

# Name of a view in the address -> its tab.
VIEWS: Final = {
    "sizes": "Sizes",
    "map": "RFM map",
    "clusters": "Clusters",
    "profiles": "Profiles",
    "makeup": "Make-up",
    "movement": "Movement",
    "advice": "What to do",
}
FIRST_VIEW: Final = "sizes"
