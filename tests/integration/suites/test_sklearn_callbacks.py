"""scikit-learn's tests of callbacks, with our regressor in place of their estimator."""

import pkgutil

import pytest

pytest.importorskip("sklearn.callback", reason="the tests of scikit-learn 1.9 and later")

from sklearn.callback import tests as package
from sklearn.callback.tests import _utils
from stand_ins import MaxIterEstimator, ParentFitEstimator
from suites import copy_of, functions, not_applicable, passes, tests_of

STAND_INS = {"MaxIterEstimator": MaxIterEstimator, "ParentFitEstimator": ParentFitEstimator}
TESTS = tests_of(
    *(
        copy_of(module.name, _utils, STAND_INS)
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
        if ".test_" in module.name
    )
)
globals().update(TESTS)

NONE_OF_OURS = not_applicable("has none of our estimators")

OUTCOMES = {
    # test_callback_context.py
    "test_propagate_callback_context_autopropagated": passes,
    "test_propagate_callback_context_clean_up": passes,
    "test_propagate_callback_context_no_callback": passes,
    "test_auto_propagated_callbacks": passes,
    "test_task_tree": passes,
    "test_add_child": passes,
    "test_merge_with": passes,
    "test_merge_with_error_not_leaf": passes,
    "test_callback_ctx_removed_after_fit": passes,
    "test_inner_estimator_no_callback_support": NONE_OF_OURS,
    "test_estimator_without_subtask": NONE_OF_OURS,
    "test_callback_hooks_called": passes,
    "test_meta_estimator_autopropagated_callback_hooks_called": passes,
    "test_meta_estimator_callback_hooks_called": passes,
    "test_autopropagation_to_callback_agnostic_subestimator": NONE_OF_OURS,
    "test_hook_calling_invalid_kwargs_out": passes,
    "test_hook_calling_return_value": passes,
    "test_hook_calling_lazy_evaluation": passes,
    "test_hook_calling_lazy_evaluation_reconstruction_attributes": passes,
    "test_from_reconstruction_attributes": passes,
    "test_subcontext_task_id_ordering": passes,
    "test_subcontext_task_id_ordering_error": passes,
    "test_locally_defined_estimator": NONE_OF_OURS,
    "test_callback_context_repr": passes,
    # test_callback_support.py
    "test_set_callbacks": passes,
    "test_set_callbacks_error": passes,
    "test_callback_error": passes,
    "test_teardown_matches_setup_calls_on_partial_setup_failure": passes,
    "test_multiple_teardown_errors_are_grouped": passes,
    "test_function_no_callback_support": passes,
    "test_set_callback_empty": passes,
    # test_pickle.py
    "test_estimator_with_callback_pickle_roundtrip_pre_fit": passes,
    "test_estimator_with_callback_pickle_roundtrip_post_fit": passes,
    "test_callbacks_refit_after_pickle_in_same_process": passes,
    "test_callbacks_refit_after_load_in_fresh_process": passes,
    "test_listener_state_is_not_walked_by_the_pickler": passes,
    # test_progressbar.py
    "test_progressbar": passes,
    "test_progressbar_requires_rich_error": NONE_OF_OURS,
    "test_clone_after_fit": passes,
    "test_progressbar_no_callback_support": passes,
    "test_progressbar_outside_main_module": NONE_OF_OURS,
    "test_progress_during_fit": passes,
    "test_progress_during_fit_composition": passes,
    "test_estimator_without_subtasks": NONE_OF_OURS,
    # test_scoring_monitor.py
    "test_score_after_fit": passes,
    "test_logged_values": passes,
    "test_logged_values_meta_estimator": passes,
    "test_get_logs_output_type_no_fit": NONE_OF_OURS,
    "test_get_logs_output_type": passes,
    "test_estimator_without_reconstruction_attributes": NONE_OF_OURS,
    "test_scoringmonitor_sample_weights": passes,
    "test_get_logs_include_lineage_ancestor_retrieval": passes,
    "test_scoring_monitor_no_callback_support": passes,
    "test_scoring_monitor_listener_closed_on_gc": NONE_OF_OURS,
}


def test_the_table_is_complete():
    assert functions(OUTCOMES) == TESTS.keys()
