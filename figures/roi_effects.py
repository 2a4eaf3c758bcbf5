"""What the charts of planning and of reading a test share: the looks of a difference, and its words."""

from __future__ import annotations

from typing import Final

from figures import words

# How a difference was worked out: its colour, its shape, and its name.
LOOKS: Final = {
    "plain": ("accent", "circle", "As measured"),
    "cuped": ("over", "diamond", "Corrected (CUPED)"),
    "winsorised": ("neutral", "square", "Largest amounts cut"),
}


def amount(value: float, outcome: str, currency: str | None = None) -> str:
    """A difference in words: percentage points for "conversion", money for all else."""
    if outcome == "conversion":
        return f"{words.marks(f'{100 * value:,.2f}')} points"
    return words.money(value, currency)


def unit_of(outcome: str, currency: str | None) -> str:
    """The unit of an axis in brackets, with a blank before it; "" for money of no known currency."""
    unit = "percentage points" if outcome == "conversion" else words.symbol(currency).strip()
    return f" ({words.escape(unit)})" if unit else ""
