from typing import Any

import numpy as np
import pandas as pd

from data.names import FEATURES
from models.window import window_of


def test_the_order_is_the_customers_own_and_not_that_of_the_file(shop: Any) -> None:
    frame = shop.past.frame
    one, other = window_of(frame), window_of(frame.sample(frac=1.0, random_state=4))
    pd.testing.assert_frame_equal(one.frame, other.frame)
    assert np.array_equal(one.hashes, np.sort(one.hashes))
    assert one.frame["customer_id"].tolist() != sorted(frame["customer_id"])
    assert sorted(one.frame["customer_id"]) == sorted(frame["customer_id"])


def test_outcomes_stand_beside_their_customers() -> None:
    known = {name: [0.0, 1.0, 2.0] for name in FEATURES}
    frame = pd.DataFrame({"customer_id": ["a", "b", "c"], **known})
    frame = frame.assign(
        frequency=[3.0, 1.0, 2.0], actual_flag=[0.0, 1.0, 1.0], actual_spend=[0.0, -4.0, 8.5]
    )
    window = window_of(frame)
    rows = zip(window.frame["customer_id"], window.flag, window.spent, window.frequency, strict=True)
    assert set(rows) == {("a", 0.0, 0.0, 3.0), ("b", 1.0, -4.0, 1.0), ("c", 1.0, 8.5, 2.0)}


def test_a_sample_is_of_the_same_customers_whatever_the_order(shop: Any) -> None:
    frame = shop.past.frame
    window = window_of(frame)
    assert window.sample(len(frame), 42) is window
    some = window.sample(200, 42)
    assert (
        len(some.frame) == len(some.hashes) == len(some.flag) == len(some.spent) == len(some.frequency) == 200
    )
    again = window_of(frame.iloc[::-1]).sample(200, 42)
    pd.testing.assert_frame_equal(some.frame, again.frame)
    assert some.frame["actual_spend"].tolist() == some.spent.tolist()
    assert set(window.sample(200, 43).frame["customer_id"]) != set(some.frame["customer_id"])
