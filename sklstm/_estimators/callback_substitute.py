"""Callbacks for scikit-learn before 1.9: the part of its protocol that our estimators use.

Hooks are called as scikit-learn 1.9 calls them, on our own estimators: a search or pipeline of an
earlier version does not know callbacks, so each fit inside it is one of its own.
"""

import copy
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from inspect import signature
from typing import Any, Protocol, Self, runtime_checkable

from ..core.user_warnings import warn_user

# Callbacks with this attribute are passed on to the estimators inside the one they are set on, as
# deep as it says; None for all.
_DEPTH = "max_propagation_depth"


@runtime_checkable
class FitCallback(Protocol):
    """What a callback has; the hooks' keyword-only arguments are those that it asks for."""

    def setup(self, estimator, context):
        """Called when fit begins."""

    def teardown(self, estimator, context):
        """Called when fit has ended, also by an error."""

    def on_fit_task_begin(self, estimator, context):
        """Called when a task begins."""

    def on_fit_task_end(self, estimator, context):
        """Called when a task has ended. Return True to end what it is part of."""


class CallbackContext:
    """A task of fit, in the tree of all tasks; its public attributes are those of scikit-learn."""

    def __init__(self, callbacks, estimator_name, task_name, task_id, max_subtasks, sequential):
        self.callbacks = callbacks
        self.estimator_name = estimator_name
        self.task_name = task_name
        self.task_id = task_id
        self.max_subtasks = max_subtasks
        self.sequential_subtasks = sequential
        self.parent = self.source_estimator_name = self.source_task_name = None
        self.root_uuid, self.init_time = uuid.uuid4(), datetime.now(UTC)
        self.depth = 0  # of nested estimators
        self._n_subtasks = 0
        self._passed_on = []  # callbacks that the estimator of this task has: it calls them

    def subcontext(self, task_name="", task_id=None, max_subtasks=0, sequential_subtasks=True):
        """The context of a task that is part of this one."""
        task_id = self._n_subtasks if task_id is None else task_id
        context = CallbackContext(
            *(self.callbacks, self.estimator_name, task_name, task_id),
            *(max_subtasks, sequential_subtasks),
        )
        context.parent, context.root_uuid, context.depth = self, self.root_uuid, self.depth
        self._n_subtasks += 1
        return context

    def call_on_fit_task_begin(self, *, estimator, **data):
        """Tell callbacks that the task begins."""
        self._call("on_fit_task_begin", estimator, data)
        return self

    def call_on_fit_task_end(self, *, estimator, **data):
        """Tell callbacks that the task has ended. Return whether one of them requests to stop."""
        return self._call("on_fit_task_end", estimator, data)

    def _call(self, name, estimator, data):
        attributes, stops = data.pop("reconstruction_attributes", None), False
        for callback in self.callbacks:
            if callback in self._passed_on:
                continue
            hook = getattr(callback, name)
            parameters = signature(hook).parameters.values()
            asked = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
            if "fitted_estimator" in asked and "fitted_estimator" not in data:
                data["fitted_estimator"] = _fitted(estimator, attributes)
            stops |= bool(hook(estimator, self, **{each: data.get(each) for each in asked}))
        return stops

    @contextmanager
    def propagate_callback_context(self, estimator):
        """Context in which an estimator, fitted as this task, has the callbacks that spread."""
        own = getattr(estimator, "_skl_callbacks", [])
        if twice := [type(each).__name__ for each in own if hasattr(each, _DEPTH)]:
            raise TypeError(
                f"The {type(estimator).__name__} inside a {self.estimator_name} has the callbacks "
                f"{twice}. Set them on the {self.estimator_name} instead: it passes them on."
            )
        depths = [(each, getattr(each, _DEPTH)) for each in self.callbacks if hasattr(each, _DEPTH)]
        given = [each for each, depth in depths if depth is None or self.depth < depth]
        if given and not hasattr(estimator, "set_callbacks"):
            warn_user(
                f"The estimator {type(estimator).__name__} does not support callbacks. The "
                f"callbacks attached to {self.estimator_name} will not be propagated to this "
                "estimator."
            )
            given = []
        self._passed_on = given
        if given:
            estimator.set_callbacks(*own, *given)
        estimator._parent_callback_ctx = self
        try:
            yield
        finally:
            del estimator._parent_callback_ctx
            if given:
                estimator.set_callbacks(*own)


def _fitted(estimator, attributes):
    """The estimator as if it was fitted with attributes, of which there may be none."""
    if attributes is None:
        return None
    fitted = copy.copy(estimator)
    for name, value in (attributes() if callable(attributes) else attributes).items():
        setattr(fitted, name, value)
    return fitted


class CallbackSupportMixin:
    """Mixin of estimators with callbacks."""

    def set_callbacks(self, *callbacks: Any) -> Self:
        """Set callbacks, in place of those before.

        Parameters
        ----------
        *callbacks : callback instances

        Returns
        -------
        self : estimator
        """
        if not all(isinstance(c, FitCallback) and not isinstance(c, type) for c in callbacks):
            raise TypeError("callbacks must be instances following the FitCallback protocol.")
        vars(self).pop("_skl_callbacks", None)
        if callbacks:
            self._skl_callbacks = list(callbacks)
        return self

    def __sklearn_clone__(self):
        clone = super().__sklearn_clone__()
        return clone.set_callbacks(*getattr(self, "_skl_callbacks", []))

    def _init_callback_context(self, task_name="fit", task_id=0, max_subtasks=0):
        """The context of fit, of which `with_callbacks` takes care."""
        callbacks = getattr(self, "_skl_callbacks", [])
        name = type(self).__name__
        context = CallbackContext(callbacks, name, task_name, task_id, max_subtasks, True)
        outer = getattr(self, "_parent_callback_ctx", None)
        if outer is not None:  # this fit is that task of the outer estimator
            context.parent, context.task_id = outer.parent, outer.task_id
            context.root_uuid, context.depth = outer.root_uuid, outer.depth + 1
            context.source_estimator_name = outer.estimator_name
            context.source_task_name = outer.task_name
        self._callback_fit_ctx, context.to_tear_down = context, []
        for callback in callbacks:
            if outer is None or not hasattr(callback, _DEPTH):
                context.to_tear_down.append(callback)
                callback.setup(estimator=self, context=context)
        return context


def with_callbacks(method):
    """A method that tears down callbacks at its end, also after an error."""

    @wraps(method)
    def run(estimator, *args, **kwargs):
        try:
            return method(estimator, *args, **kwargs)
        finally:
            context = vars(estimator).pop("_callback_fit_ctx", None)
            for callback in getattr(context, "to_tear_down", []):
                callback.teardown(estimator=estimator, context=context)

    return run
