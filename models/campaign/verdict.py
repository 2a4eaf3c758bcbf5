"""The answer to "do we make money?" in a word or two, by how likely a profit is."""

from __future__ import annotations

from typing import Final, Literal

Tone = Literal["good", "even", "bad"]

# Least probability of a profit, the word, and its tone; the last holds for all below.
VERDICTS: Final[tuple[tuple[float, str, Tone], ...]] = (
    (0.9, "Yes", "good"),
    (0.65, "Probably", "good"),
    (0.35, "Too close to call", "even"),
    (0.1, "Probably not", "bad"),
    (-1.0, "No", "bad"),
)


def verdict_of(probability: float) -> tuple[str, Tone]:
    """The word and its tone for a probability of profit, a share of one."""
    return next((word, tone) for least, word, tone in VERDICTS if probability >= least)
