import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.distinct import by_distinct, packed, unpacked

Floats = NDArray[np.float64]
sizes = st.one_of(st.integers(0, 9).map(float), st.floats(0, 1e12), st.just(0.5))


@given(st.lists(st.tuples(sizes, sizes, sizes), max_size=30))
def test_what_is_packed_sorts_as_the_rows_do_and_comes_back(rows: list[tuple[float, float, float]]) -> None:
    columns = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    key, levels = packed(*columns)
    assert [column.tolist() for column in unpacked(key, levels)] == columns.tolist()
    ordered = [rows[place] for place in np.argsort(key, kind="stable")]
    assert ordered == sorted(rows)
    assert len(set(key.tolist())) == len(set(rows))


@pytest.mark.parametrize("step", [1.0, 0.1])
def test_a_function_sees_each_pair_once(step: float) -> None:
    seen = []

    def product(x: Floats, observed: Floats) -> Floats:
        seen.append(len(x))
        return 100.0 * x + observed

    x = np.array([2.0, 0.0, 2.0, 1.0, 2.0])
    observed = np.array([5.0, 7.0, 5.0, 5.0, 9.0]) * step
    assert by_distinct(product, x, observed).tolist() == (100.0 * x + observed).tolist()
    assert seen == [4]


def test_too_many_values_are_refused_not_mixed_up() -> None:
    columns = [np.append(0.0, 2.0**20 - 1)] * 4
    with pytest.raises(ValueError, match="too many different values"):
        packed(*columns)
