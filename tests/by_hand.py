"""The rules of recency, frequency and money once more, row by row: the second way to get them."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
import pandas as pd


def scores_by_hand(frame: pd.DataFrame) -> pd.DataFrame:
    """The scores 1 to 5 of each customer: how many of the four cut points lie strictly below."""
    found = {}
    for column, name in (("recency_days", "r"), ("frequency", "f"), ("monetary", "m")):
        values = [float(value) for value in frame[column]]
        cuts = [float(np.percentile(values, share)) for share in (20, 40, 60, 80)]
        below = [bisect_left(cuts, value) for value in values]
        found[name] = [5 - number if name == "r" else 1 + number for number in below]
    return pd.DataFrame(found, index=frame.index)


def segment_by_hand(r: int, f: int, m: int) -> str:
    """The name of the segment of three scores."""
    fm = (f + m + 1) // 2
    rules = [
        ("New", f == 1 and r == 5),
        ("Promising", f == 1 and r == 4),
        ("Champions", r == 5 and fm >= 4),
        ("Loyal", r >= 3 and fm >= 4),
        ("Potential loyalists", r >= 4),
        ("Need attention", r == 3 and fm == 3),
        ("About to sleep", r == 3),
        ("Can't lose them", fm == 5),
        ("At risk", fm >= 3),
        ("Hibernating", r == 2),
        ("Lost", r == 1),
    ]
    return next(name for name, holds in rules if holds)


def segments_by_hand(frame: pd.DataFrame) -> list[str]:
    """The segment of each customer by the rules."""
    scores = scores_by_hand(frame)
    return [segment_by_hand(*map(int, row)) for row in scores.to_numpy()]
