import datetime as dt

import pytest

from jobs.pipeline import BACKTESTS, earlier_cutoffs

CUTOFF, HORIZON = dt.date(2024, 6, 30), dt.timedelta(days=90)


@pytest.mark.parametrize(
    ("history_days", "cutoffs"),
    [
        (89, 0),
        # The newest is tried with whatever there is before it, the others need a horizon of history.
        (90, 1),
        (269, 1),
        (270, 2),
        (360, 3),
        (5_000, BACKTESTS),
    ],
)
def test_earlier_cutoffs_go_back_as_far_as_there_is_history(history_days: int, cutoffs: int) -> None:
    found = earlier_cutoffs(CUTOFF - dt.timedelta(days=history_days), CUTOFF, HORIZON)
    assert found == [CUTOFF - HORIZON * (step + 1) for step in range(cutoffs)]
