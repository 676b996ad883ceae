"""Optimizers: rules that update the parameters from a gradient.

Parameters and gradient are flat vectors. An optimizer object is stateless: `init` returns the
state, a dict of arrays and numbers, and `update` modifies it in place. Training that resumes from
a pickled state gives bit-for-bit the same results. `update` allocates no arrays; intermediate
results are stored in ``state["scratch"]``.

The order of operations is that of PyTorch, so that loss curves can be compared.
Notation: p parameters, g gradient, r learning rate, t number of the step, counted from 1.
"""

import math
from copy import deepcopy
from typing import Any

import numpy as np
from scipy.linalg import blas

from . import kernels
from .checks import check_number
from .configurable import Configurable
from .kernels.adam import update_average
from .types import Array

__all__ = ["OPTIMIZERS", "SGD", "Adam", "AdamW", "Optimizer", "RMSprop"]

# Added to the norm by PyTorch's clip_grad_norm_; used here so that the results agree.
_NORM_EPS = 1e-6


class Optimizer(Configurable):
    """Base class of the optimizers. A subclass implements `init` and `update`.

    Attributes
    ----------
    not_saved : tuple of str
        Entries of the state that are not saved, since those of `init` are as good: scratch, and
        what follows from its arguments.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.optimizers import SGD
    >>> sgd, params = SGD(momentum=0.5, nesterov=False), np.zeros(2)
    >>> state = sgd.init(params, is_weight=np.array([True, False]))
    >>> for _ in range(2):
    ...     sgd.update(params, np.array([1.0, -2.0]), state, learning_rate=0.1)
    >>> params.round(6).tolist()
    [-0.25, 0.5]
    """

    not_saved: tuple[str, ...] = ()

    def init(self, params: Array, is_weight: Array) -> dict[str, Any]:
        """Return the state before the first step.

        Parameters
        ----------
        params : ndarray of shape (n_params,), float32 or float64
            The parameters; only shape and dtype are used.
        is_weight : ndarray of shape (n_params,), bool
            Whether weight decay applies to the parameter; False for biases.

        Returns
        -------
        state : dict of str to ndarray or int
            State to pass to `update`. Floating-point arrays have the dtype of `params`.

        Raises
        ------
        TypeError, ValueError
            If a hyper-parameter is not a number or out of range.
        """
        raise NotImplementedError

    def to_save(self, state: dict[str, Any]) -> dict[str, Any]:
        """The part of a state that `resume` needs.

        Parameters
        ----------
        state : dict

        Returns
        -------
        dict
            With the same arrays, without those of `not_saved`.
        """
        return {name: value for name, value in state.items() if name not in self.not_saved}

    def resume(self, saved: dict[str, Any], params: Array, is_weight: Array) -> dict[str, Any]:
        """The state with which training goes on.

        Parameters
        ----------
        saved : dict
            Returned by `to_save`. What it lacks is new: all of the state, if it is empty.
        params, is_weight
            See `init`.

        Returns
        -------
        dict
            With copies of the arrays.
        """
        return self.init(params, is_weight) | deepcopy(saved)

    def update(
        self, params: Array, gradient: Array, state: dict[str, Any], learning_rate: float
    ) -> None:
        """Update the parameters by one step, in place.

        Parameters
        ----------
        params : ndarray of shape (n_params,), float32 or float64
            Modified in place.
        gradient : ndarray of shape (n_params,), dtype of `params`
            Gradient of the loss with respect to the parameters; not modified.
        state : dict
            State returned by `init`; modified in place.
        learning_rate : float
            Learning rate of this step.
        """
        raise NotImplementedError


class SGD(Optimizer):
    """Stochastic gradient descent with momentum.

    The update is ``v = momentum * v + g``, then ``p -= r * v``, or ``p -= r * (g + momentum * v)``
    with Nesterov's momentum. As in PyTorch, v does not contain the learning rate.

    Parameters
    ----------
    momentum : float in [0, 1), default=0.9
        Momentum coefficient; 0 is plain gradient descent.
    nesterov : bool, default=True
        Whether to use Nesterov's momentum.

    References
    ----------
    I. Sutskever, J. Martens, G. Dahl and G. Hinton, "On the importance of initialization and
    momentum in deep learning", ICML 2013, section 2.

    Examples
    --------
    >>> from sklstm.optimizers import SGD
    >>> SGD(momentum=0.5)
    SGD(momentum=0.5)
    """

    not_saved: tuple[str, ...] = ("scratch",)

    def __init__(self, momentum: float = 0.9, nesterov: bool = True) -> None:
        self.momentum = momentum
        self.nesterov = nesterov

    def init(self, params: Array, is_weight: Array) -> dict[str, Any]:
        check_number(self.momentum, "momentum", "[0, 1)")
        return {"velocity": np.zeros_like(params), "scratch": np.empty_like(params)}

    def update(
        self, params: Array, gradient: Array, state: dict[str, Any], learning_rate: float
    ) -> None:
        momentum, velocity, step = float(self.momentum), state["velocity"], state["scratch"]
        velocity *= momentum
        velocity += gradient
        if self.nesterov:
            np.multiply(velocity, momentum, out=step)
            step += gradient
            step *= float(learning_rate)
        else:
            np.multiply(velocity, float(learning_rate), out=step)
        params -= step


class RMSprop(Optimizer):
    """RMSprop: the gradient divided by a moving root mean square.

    The update is ``s = decay * s + (1 - decay) * g**2``, then ``p -= r * g / (sqrt(s) + eps)``.

    Parameters
    ----------
    decay : float in [0, 1), default=0.9
        Decay rate of the moving average.
    eps : float, default=1e-8
        Value added to the denominator for numerical stability.

    References
    ----------
    T. Tieleman and G. Hinton, "Lecture 6.5 - rmsprop", COURSERA: Neural networks for machine
    learning, 2012.

    Examples
    --------
    >>> from sklstm.optimizers import RMSprop
    >>> RMSprop(decay=0.99)
    RMSprop(decay=0.99)
    """

    not_saved: tuple[str, ...] = ("scratch",)

    def __init__(self, decay: float = 0.9, eps: float = 1e-8) -> None:
        self.decay = decay
        self.eps = eps

    def init(self, params: Array, is_weight: Array) -> dict[str, Any]:
        check_number(self.decay, "decay", "[0, 1)")
        check_number(self.eps, "eps", "(0, inf)")
        return {"square": np.zeros_like(params), "scratch": np.empty_like(params)}

    def update(
        self, params: Array, gradient: Array, state: dict[str, Any], learning_rate: float
    ) -> None:
        scratch = state["scratch"]
        np.multiply(gradient, gradient, out=scratch)
        update_average(state["square"], scratch, float(self.decay))
        np.sqrt(state["square"], out=scratch)
        scratch += float(self.eps)
        np.divide(gradient, scratch, out=scratch)
        scratch *= float(learning_rate)
        params -= scratch


class Adam(Optimizer):
    """Adam: moving averages of the gradient and of its square, with bias correction.

    The update is ``m = beta_1 * m + (1 - beta_1) * g`` and
    ``s = beta_2 * s + (1 - beta_2) * g**2``, then ``p -= r * m' / (sqrt(s') + eps)`` with
    ``m' = m / (1 - beta_1**t)`` and ``s' = s / (1 - beta_2**t)``.

    Parameters
    ----------
    beta_1 : float in [0, 1), default=0.9
        Decay rate of the moving average of the gradient.
    beta_2 : float in [0, 1), default=0.999
        Decay rate of the moving average of the squared gradient.
    eps : float, default=1e-8
        Value added to the denominator for numerical stability.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
    algorithm 1.

    Examples
    --------
    >>> from sklstm.optimizers import Adam
    >>> Adam(beta_1=0.8)
    Adam(beta_1=0.8)
    """

    not_saved: tuple[str, ...] = ("scratch",)

    def __init__(self, beta_1: float = 0.9, beta_2: float = 0.999, eps: float = 1e-8) -> None:
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.eps = eps

    def init(self, params: Array, is_weight: Array) -> dict[str, Any]:
        check_number(self.beta_1, "beta_1", "[0, 1)")
        check_number(self.beta_2, "beta_2", "[0, 1)")
        check_number(self.eps, "eps", "(0, inf)")
        return {
            "n_steps": 0,
            "mean": np.zeros_like(params),
            "square": np.zeros_like(params),
            "scratch": np.empty_like(params),
        }

    def update(
        self, params: Array, gradient: Array, state: dict[str, Any], learning_rate: float
    ) -> None:
        beta_1, beta_2 = float(self.beta_1), float(self.beta_2)
        state["n_steps"] += 1
        kernels.kernel_in_use().adam.update(
            params,
            gradient,
            state["mean"],
            state["square"],
            state["scratch"],
            beta_1,
            beta_2,
            float(self.eps),
            rate=float(learning_rate) / (1.0 - beta_1 ** state["n_steps"]),
            root=math.sqrt(1.0 - beta_2 ** state["n_steps"]),
        )


class AdamW(Adam):
    """Adam with decoupled weight decay.

    Before the Adam update, the weights, but not the biases, are reduced by
    ``p -= r * weight_decay * p``. As in PyTorch, the decay is proportional to the learning rate.

    Parameters
    ----------
    beta_1 : float in [0, 1), default=0.9
        Decay rate of the moving average of the gradient.
    beta_2 : float in [0, 1), default=0.999
        Decay rate of the moving average of the squared gradient.
    eps : float, default=1e-8
        Value added to the denominator for numerical stability.
    weight_decay : float, default=0.01
        Weight decay coefficient.

    References
    ----------
    I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", ICLR 2019,
    algorithm 2.

    Examples
    --------
    >>> from sklstm.optimizers import AdamW
    >>> AdamW(weight_decay=0.1)
    AdamW(weight_decay=0.1)
    """

    not_saved: tuple[str, ...] = ("scratch", "is_weight")

    def __init__(
        self,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(beta_1, beta_2, eps)
        self.weight_decay = weight_decay

    def init(self, params: Array, is_weight: Array) -> dict[str, Any]:
        check_number(self.weight_decay, "weight_decay", "[0, inf)")
        return {**super().init(params, is_weight), "is_weight": np.array(is_weight, dtype=bool)}

    def update(
        self, params: Array, gradient: Array, state: dict[str, Any], learning_rate: float
    ) -> None:
        kept = 1.0 - float(learning_rate) * float(self.weight_decay)
        np.multiply(params, kept, out=params, where=state["is_weight"])
        super().update(params, gradient, state, learning_rate)


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
}


def global_norm(gradient: Array) -> float:
    """Euclidean norm of a gradient.

    Parameters
    ----------
    gradient : ndarray of shape (n_params,), float32 or float64

    Returns
    -------
    norm : float
        The norm, computed such that the squares cannot overflow or underflow.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.core.optimizers import global_norm
    >>> global_norm(np.array([3.0, 4.0]))
    5.0
    """
    nrm2 = blas.snrm2 if gradient.dtype == np.float32 else blas.dnrm2
    return float(nrm2(gradient))


def clip_by_global_norm(gradient: Array, max_norm: float) -> float:
    """Scale a gradient down, in place, if its norm exceeds a maximum.

    Parameters
    ----------
    gradient : ndarray of shape (n_params,), float32 or float64
        Modified in place if its norm exceeds `max_norm`. If the norm is not finite, the gradient
        is left unchanged.
    max_norm : float
        Maximum norm.

    Returns
    -------
    norm : float
        Euclidean norm before clipping, computed such that the squares cannot overflow or underflow.

    Raises
    ------
    TypeError, ValueError
        If `max_norm` is not a positive number.

    References
    ----------
    R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural
    networks", ICML 2013, algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.core.optimizers import clip_by_global_norm
    >>> gradient = np.array([3.0, 4.0])
    >>> clip_by_global_norm(gradient, 1.0)
    5.0
    >>> gradient.round(4).tolist()
    [0.6, 0.8]
    """
    max_norm = check_number(max_norm, "max_norm", "(0, inf)")
    norm = global_norm(gradient)
    scale = max_norm / (norm + _NORM_EPS)
    if math.isfinite(norm) and scale < 1.0:
        gradient *= scale
    return norm
