import numpy as np
import pytest

from models.folds import fold_of, training_sample

IDS = [f"{number:05d}" for number in range(20_000)]


def test_folds_are_the_same_on_every_machine() -> None:
    assert fold_of(["00001", "12346", "NA", "Zoë", ""], 5, 42).tolist() == [0, 1, 4, 1, 2]


def test_folds_do_not_depend_on_row_order() -> None:
    order = np.random.default_rng(0).permutation(len(IDS))
    shuffled = [IDS[position] for position in order]
    assert np.array_equal(fold_of(shuffled, 5, 42), fold_of(IDS, 5, 42)[order])
    assert np.array_equal(training_sample(shuffled, 500, 42), training_sample(IDS, 500, 42)[order])


@pytest.mark.parametrize("folds", [2, 5, 10])
def test_folds_are_of_equal_size_and_independent_of_another_seed(folds: int) -> None:
    first, second = fold_of(IDS, folds, 42), fold_of(IDS, folds, 43)
    expected = len(IDS) / folds
    assert np.all(np.abs(np.bincount(first, minlength=folds) - expected) < 5 * np.sqrt(expected))
    both = np.bincount(first * folds + second, minlength=folds**2)
    chi_square = float(((both - expected / folds) ** 2 / (expected / folds)).sum())
    assert chi_square < folds**2 + 6 * folds * np.sqrt(2)


def test_a_training_sample_has_its_size_and_spreads_over_the_folds() -> None:
    chosen = training_sample(IDS, 5_000, 42)
    assert chosen.sum() == 5_000
    assert np.all(np.abs(np.bincount(fold_of(IDS, 5, 42)[chosen]) - 1_000) < 150)
    assert training_sample(IDS, 20_000, 42).all()
