import numpy as np
import pytest

from models.folds import customer_hashes, fold_of, training_sample

CUSTOMERS = 20_000
IDS = [f"{number:05d}" for number in range(CUSTOMERS)]
KNOWN = np.random.default_rng(1).gamma(2.0, 30.0, (CUSTOMERS, 3)).round(2)
HASHES = customer_hashes(KNOWN, IDS)


def test_folds_are_the_same_on_every_machine() -> None:
    known = np.array([[1.0, 2.5], [0.0, np.nan], [-0.0, np.nan], [3.0, -7.25], [1e9, 0.1]])
    hashes = customer_hashes(known, ["00001", "12346", "NA", "Zoë", ""])
    assert fold_of(hashes, 5, 42).tolist() == [4, 0, 4, 1, 0]


def test_folds_do_not_depend_on_row_order_or_on_names() -> None:
    order = np.random.default_rng(0).permutation(CUSTOMERS)
    hashes = customer_hashes(KNOWN[order], [f"new {position}" for position in order])
    assert np.array_equal(fold_of(hashes, 5, 42), fold_of(HASHES, 5, 42)[order])
    assert np.array_equal(training_sample(hashes, 500, 42), training_sample(HASHES, 500, 42)[order])


@pytest.mark.parametrize("folds", [2, 5, 10])
def test_folds_are_of_equal_size_and_independent_of_another_seed(folds: int) -> None:
    first, second = fold_of(HASHES, folds, 42), fold_of(HASHES, folds, 43)
    expected = CUSTOMERS / folds
    assert np.all(np.abs(np.bincount(first, minlength=folds) - expected) < 5 * np.sqrt(expected))
    both = np.bincount(first * folds + second, minlength=folds**2)
    chi_square = float(((both - expected / folds) ** 2 / (expected / folds)).sum())
    assert chi_square < folds**2 + 6 * folds * np.sqrt(2)


def test_a_training_sample_has_its_size_and_spreads_over_the_folds() -> None:
    chosen = training_sample(HASHES, 5_000, 42)
    assert chosen.sum() == 5_000
    assert np.all(np.abs(np.bincount(fold_of(HASHES, 5, 42)[chosen]) - 1_000) < 150)
    assert training_sample(HASHES, CUSTOMERS, 42).all()


def test_a_crowd_of_equal_customers_is_spread_over_the_folds() -> None:
    known = KNOWN.copy()
    known[:5_000] = [1.0, 9.99, 9.99]
    known[6_000:6_050] = [1.0, 5.0, 5.0]
    fold = fold_of(customer_hashes(known, IDS), 5, 42)
    assert np.all(np.abs(np.bincount(fold[:5_000], minlength=5) - 1_000) < 150)
    # A few who are alike share their fold: their names do not matter.
    assert len(set(fold[6_000:6_050])) == 1


def test_nobody_has_no_fold() -> None:
    hashes = customer_hashes(np.zeros((0, 3)), [])
    assert len(fold_of(hashes, 5, 42)) == len(training_sample(hashes, 10, 42)) == 0
