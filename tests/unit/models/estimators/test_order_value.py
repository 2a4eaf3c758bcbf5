import pickle

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks

from models.estimators.order_value import OrderValue
from models.value import fit_gamma_gamma

OTHER_COLUMNS = "its rows are not (orders, mean value): the check makes up another number of columns"
EXPECTED_FAILURES = dict.fromkeys(
    (
        "check_all_zero_sample_weights_error",
        "check_dict_unchanged",
        "check_dont_overwrite_parameters",
        "check_dtype_object",
        "check_estimators_dtypes",
        "check_estimators_nan_inf",
        "check_estimators_pickle",
        "check_f_contiguous_array_estimator",
        "check_fit2d_1sample",
        "check_fit2d_predict1d",
        "check_fit_score_takes_y",
        "check_methods_sample_order_invariance",
        "check_methods_subset_invariance",
        "check_n_features_in_after_fitting",
        "check_pipeline_consistency",
        "check_positive_only_tag_during_fit",
        "check_sample_weight_equivalence_on_dense_data",
        "check_sample_weights_list",
    ),
    OTHER_COLUMNS,
)


@parametrize_with_checks([OrderValue()], expected_failed_checks=lambda _: EXPECTED_FAILURES)
def test_the_contract_of_scikit_learn(estimator: BaseEstimator, check: object) -> None:
    check(estimator)  # type: ignore[operator]


def test_it_learns_and_answers_what_the_model_does() -> None:
    random = np.random.default_rng(1)
    orders = random.integers(1, 12, 4_000)
    rows = np.column_stack([orders, random.gamma(2.5 * orders) / random.gamma(4.0, 1 / 30.0, 4_000) / orders])
    fitted = OrderValue().fit(rows)
    model = fit_gamma_gamma(*rows.T)
    assert fitted.model_ == model
    learned = (fitted.p_, fitted.q_, fitted.gamma_, fitted.log_likelihood_)
    assert learned == (model.p, model.q, model.gamma, model.log_likelihood)
    assert fitted.predict(rows).tolist() == model.expected_value(*rows.T).tolist()
    assert fitted.predict(rows[7:9]).tolist() == fitted.predict(rows)[7:9].tolist()
    assert pickle.loads(pickle.dumps(fitted)).predict(rows).tolist() == fitted.predict(rows).tolist()
    assert OrderValue().fit(rows[::-1]).model_ == model
    weight = random.integers(0, 3, 4_000)
    weighted = OrderValue().fit(rows, sample_weight=weight)
    assert weighted.p_ == pytest.approx(OrderValue().fit(np.repeat(rows, weight, axis=0)).p_, rel=1e-6)


def test_what_it_cannot_learn_from_is_told() -> None:
    rows = np.array([[1.0, 20.0], [2.0, 30.0], [4.0, 10.0]])
    with pytest.raises(NotFittedError):
        OrderValue().predict(rows)
    with pytest.raises(ValueError, match="columns orders and mean value, not 3"):
        OrderValue().fit(np.ones((5, 3)))
    with pytest.raises(ValueError, match="NaN"):
        OrderValue().fit(np.array([[1.0, np.nan]]))
    with pytest.raises(ValueError, match="3 features, but OrderValue is expecting 2"):
        OrderValue().fit(rows).predict(np.ones((5, 3)))
