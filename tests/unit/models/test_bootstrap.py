from collections.abc import Callable

import numpy as np
import pytest

from models import bootstrap

Floats = np.ndarray


def mean_of(values: Floats) -> Callable[[slice], Callable[[Floats], Floats]]:
    return lambda rows: lambda weight: np.array([values[rows] @ weight / weight.sum()])


def test_the_interval_of_a_mean_covers_it_as_often_as_it_says() -> None:
    random = np.random.default_rng(3)
    covered, widths = 0, []
    for seed in range(200):
        values = random.gamma(2.0, 1.0, 300)
        low, high = bootstrap.draw(mean_of(values), 300, seed).interval(float(values.mean()), 0)
        covered += low <= 2.0 <= high
        widths.append(high - low)
    # 95 % of 200, within three standard errors of such a count and the share small samples lose.
    assert 0.90 * 200 <= covered <= 0.985 * 200
    assert np.mean(widths) == pytest.approx(2 * 1.96 * np.sqrt(2.0 / 300), rel=0.05)


def test_the_error_of_a_mean_is_that_of_the_textbook() -> None:
    values = np.random.default_rng(4).normal(0.0, 3.0, 2_000)
    assert bootstrap.draw(mean_of(values), 2_000, 1, replicates=2_000).error(0) == pytest.approx(
        3.0 / np.sqrt(2_000), rel=0.06
    )


def test_a_part_of_many_customers_tells_the_width_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(5).gamma(2.0, 1.0, 10_000)
    whole = bootstrap.draw(mean_of(values), 10_000, 1, replicates=600)
    monkeypatch.setattr(bootstrap, "CUSTOMERS", 1_000)
    part = bootstrap.draw(mean_of(values), 10_000, 1, replicates=600)
    assert part.centre[0] == pytest.approx(values[::10].mean(), rel=1e-12)
    assert part.error(0) == pytest.approx(whole.error(0), rel=0.1)
    # Around the figure of all, not of the part.
    low, high = part.interval(float(values.mean()), 0)
    assert low < values.mean() < high
    assert (low + high) / 2 == pytest.approx(values.mean(), abs=0.2 * (high - low))


def test_a_difference_is_paired() -> None:
    random = np.random.default_rng(6)
    hard = random.gamma(1.0, 5.0, 1_000)
    first, second = hard, hard + random.normal(0.05, 0.01, 1_000)

    def prepare(rows: slice) -> Callable[[Floats], Floats]:
        return lambda weight: np.array([first[rows] @ weight, second[rows] @ weight]) / weight.sum()

    drawn = bootstrap.draw(prepare, 1_000, 1)
    difference = float((second - first).mean())
    low, high = drawn.interval(difference, 1, minus=0)
    assert 0.04 < low < difference < high < 0.06
    assert drawn.interval(0.0, 0, minus=0) == (0.0, 0.0)
    # Alone, each mean is a hundred times less certain than their difference.
    assert drawn.error(0) > 50 * (high - low) / 4


def test_the_same_seed_draws_the_same() -> None:
    values = np.arange(50.0)
    one, again, other = (bootstrap.draw(mean_of(values), 50, seed).values for seed in (1, 1, 2))
    assert one.tobytes() == again.tobytes()
    assert one.tobytes() != other.tobytes()
