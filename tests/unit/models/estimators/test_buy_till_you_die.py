import pickle

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks

from models.btyd import Btyd, fit_btyd
from models.estimators.buy_till_you_die import BuyTillYouDie
from tests.histories import Floats, simulated

NOT_A_HISTORY = "its rows are no histories (x, t_x, T): the check makes up any matrix"
EXPECTED_FAILURES = dict.fromkeys(
    (
        "check_all_zero_sample_weights_error",
        "check_dict_unchanged",
        "check_dont_overwrite_parameters",
        "check_dtype_object",
        "check_estimators_dtypes",
        "check_estimators_fit_returns_self",
        "check_estimators_nan_inf",
        "check_estimators_overwrite_params",
        "check_estimators_pickle",
        "check_f_contiguous_array_estimator",
        "check_fit2d_1sample",
        "check_fit2d_predict1d",
        "check_fit_check_is_fitted",
        "check_fit_idempotent",
        "check_fit_score_takes_y",
        "check_methods_sample_order_invariance",
        "check_methods_subset_invariance",
        "check_n_features_in",
        "check_n_features_in_after_fitting",
        "check_pipeline_consistency",
        "check_positive_only_tag_during_fit",
        "check_readonly_memmap_input",
        "check_sample_weight_equivalence_on_dense_data",
        "check_sample_weights_list",
        "check_sample_weights_not_an_array",
        "check_sample_weights_not_overwritten",
        "check_sample_weights_pandas_series",
        "check_sample_weights_shape",
    ),
    NOT_A_HISTORY,
)


@parametrize_with_checks([BuyTillYouDie()], expected_failed_checks=lambda _: EXPECTED_FAILURES)
def test_the_contract_of_scikit_learn(estimator: BaseEstimator, check: object) -> None:
    check(estimator)  # type: ignore[operator]


@pytest.fixture(scope="module")
def rows() -> Floats:
    return np.column_stack(simulated(Btyd(0.6, 8.0, 0.9, 2.5, 0.0), 3_000, 3)[:3])


@pytest.mark.parametrize("modified", [True, False])
def test_it_learns_and_answers_what_the_model_does(rows: Floats, modified: bool) -> None:
    before = rows.copy()
    fitted = clone(BuyTillYouDie(modified=modified)).fit(rows, y="not read")
    model = fit_btyd(*rows.T, modified=modified)
    assert fitted.model_ == model
    learned = (fitted.r_, fitted.alpha_, fitted.a_, fitted.b_, fitted.log_likelihood_)
    assert learned == (model.r, model.alpha, model.a, model.b, model.log_likelihood)
    assert fitted.p_alive(rows).tolist() == model.p_alive(*rows.T).tolist()
    assert fitted.expected_orders(rows, 30.0).tolist() == model.expected_orders(*rows.T, 30.0).tolist()
    assert fitted.purchase_prob(rows, 30.0).tolist() == model.purchase_prob(*rows.T, 30.0).tolist()
    assert np.array_equal(rows, before)


def test_it_keeps_the_contract_on_histories(rows: Floats) -> None:
    fitted = BuyTillYouDie().fit(rows)
    assert fitted.n_features_in_ == 3
    again = pickle.loads(pickle.dumps(fitted))
    assert again.p_alive(rows).tolist() == fitted.p_alive(rows).tolist()
    assert BuyTillYouDie().fit(rows[::-1]).model_ == fitted.model_
    assert fitted.fit(np.asfortranarray(rows)).model_ == again.model_
    assert fitted.p_alive(rows[5:9]).tolist() == fitted.p_alive(rows)[5:9].tolist()
    weight = np.random.default_rng(0).integers(0, 3, len(rows))
    weighted = BuyTillYouDie().fit(rows, sample_weight=weight.tolist())
    assert weighted.model_ == BuyTillYouDie().fit(np.repeat(rows, weight, axis=0)).model_


def test_what_it_cannot_learn_from_is_told(rows: Floats) -> None:
    with pytest.raises(NotFittedError):
        BuyTillYouDie().p_alive(rows)
    with pytest.raises(ValueError, match="columns x, t_x and T, not 2"):
        BuyTillYouDie().fit(rows[:, :2])
    with pytest.raises(ValueError, match="must not be after T"):
        BuyTillYouDie().fit([[1.0, 9.0, 8.0]])
    with pytest.raises(ValueError, match="2 features, but BuyTillYouDie is expecting 3"):
        BuyTillYouDie().fit(rows).p_alive(rows[:, :2])
    with pytest.raises(ValueError, match="sample_weight"):
        BuyTillYouDie().fit(rows, sample_weight=np.ones(4))
    with pytest.raises(ValueError, match="Negative values in data"):
        BuyTillYouDie().fit(rows, sample_weight=-np.ones(len(rows)))
