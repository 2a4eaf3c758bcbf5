"""The words of the answer by how likely a profit is."""

from __future__ import annotations

import pytest

from models.campaign.verdict import verdict_of


@pytest.mark.parametrize(
    ("probability", "word", "tone"),
    [(1, "Yes", "good"), (0.9, "Yes", "good"), (0.899, "Probably", "good"), (0.65, "Probably", "good"),
     (0.649, "Too close to call", "even"), (0.35, "Too close to call", "even"), (0.349, "Probably not", "bad"),
     (0.1, "Probably not", "bad"), (0.099, "No", "bad"), (0, "No", "bad")],
)  # fmt: skip
def test_the_verdict_follows_the_probability(probability: float, word: str, tone: str) -> None:
    assert verdict_of(probability) == (word, tone)
