"""Rules that turn a gradient into a step.

Parameters and gradient are flat vectors. A rule has no memory of its own: `init` returns a state
of plain arrays and numbers, `update` works on it in place. Pickled in the middle of training, it
goes on bit for bit. `update` allocates no arrays; its intermediate results live in
``state["scratch"]``.

All rules follow PyTorch's order of operations, so that loss curves can be compared.
Notation: p parameters, g gradient, r learning rate, t number of the step, counted from 1.
"""

import math

import numpy as np
from scipy.linalg import blas

from .checks import check_number
from .configurable import Configurable

# PyTorch's clip_grad_norm_ adds this to the norm; kept so that the results agree.
_NORM_EPS = 1e-6


class Optimizer(Configurable):
    """Base of the optimizers. A subclass implements `init` and `update`.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.core.optimizers import SGD
    >>> sgd, params = SGD(momentum=0.5, nesterov=False), np.zeros(2)
    >>> state = sgd.init(params, is_weight=np.array([True, False]))
    >>> for _ in range(2):
    ...     sgd.update(params, np.array([1.0, -2.0]), state, learning_rate=0.1)
    >>> params.round(6).tolist()
    [-0.25, 0.5]
    """

    def init(self, params, is_weight):
        """Return the state before the first step.

        Parameters
        ----------
        params : ndarray of shape (n_params,), float32 or float64
            The parameters; only shape and dtype matter.
        is_weight : ndarray of shape (n_params,), bool
            False for biases, which no rule decays.

        Returns
        -------
        state : dict of str to ndarray or int
            Belongs to `update`; its arrays have the dtype of `params`.

        Raises
        ------
        TypeError, ValueError
            If a hyper-parameter is not a number, or out of its range.
        """
        raise NotImplementedError

    def update(self, params, gradient, state, learning_rate):
        """Take one step, in place.

        Parameters
        ----------
        params : ndarray of shape (n_params,), float32 or float64
            Changed in place.
        gradient : ndarray of shape (n_params,), of the same dtype
            Derivative of the loss by the parameters; not changed.
        state : dict
            As returned by `init`; changed in place.
        learning_rate : float
            Learning rate of this step.
        """
        raise NotImplementedError


class SGD(Optimizer):
    """Stochastic gradient descent with momentum.

    ``v = momentum * v + g``, then ``p -= r * v``, or with Nesterov's look-ahead
    ``p -= r * (g + momentum * v)``.

    Parameters
    ----------
    momentum : float in [0, 1), default=0.9
        How much of the last step goes into the next; 0 is plain gradient descent.
    nesterov : bool, default=True
        Whether to look ahead.

    References
    ----------
    I. Sutskever, J. Martens, G. Dahl and G. Hinton, "On the importance of initialization and
    momentum in deep learning", ICML 2013, section 2; with the learning rate outside of v, as in
    PyTorch.

    Examples
    --------
    >>> from sklstm.core.optimizers import SGD
    >>> SGD(momentum=0.5)
    SGD(momentum=0.5)
    """

    def __init__(self, momentum=0.9, nesterov=True):
        self.momentum = momentum
        self.nesterov = nesterov

    def init(self, params, is_weight):
        check_number(self.momentum, "momentum", "[0, 1)")
        return {"velocity": np.zeros_like(params), "scratch": np.empty_like(params)}

    def update(self, params, gradient, state, learning_rate):
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
    """Steps divided by the root of a moving average of the squared gradient.

    ``s = decay * s + (1 - decay) * g**2``, then ``p -= r * g / (sqrt(s) + eps)``.

    Parameters
    ----------
    decay : float in [0, 1), default=0.9
        Memory of the moving average.
    eps : float, default=1e-8
        Keeps the divisor from zero.

    References
    ----------
    T. Tieleman and G. Hinton, "Lecture 6.5 - rmsprop", COURSERA: Neural networks for machine
    learning, 2012.

    Examples
    --------
    >>> from sklstm.core.optimizers import RMSprop
    >>> RMSprop(decay=0.99)
    RMSprop(decay=0.99)
    """

    def __init__(self, decay=0.9, eps=1e-8):
        self.decay = decay
        self.eps = eps

    def init(self, params, is_weight):
        check_number(self.decay, "decay", "[0, 1)")
        check_number(self.eps, "eps", "(0, inf)")
        return {"square": np.zeros_like(params), "scratch": np.empty_like(params)}

    def update(self, params, gradient, state, learning_rate):
        scratch = state["scratch"]
        np.multiply(gradient, gradient, out=scratch)
        _move(state["square"], scratch, float(self.decay))
        np.sqrt(state["square"], out=scratch)
        scratch += float(self.eps)
        np.divide(gradient, scratch, out=scratch)
        scratch *= float(learning_rate)
        params -= scratch


class Adam(Optimizer):
    """Moving averages of the gradient and of its square, corrected for their start at zero.

    ``m = beta_1 * m + (1 - beta_1) * g`` and ``s = beta_2 * s + (1 - beta_2) * g**2``, then
    ``p -= r * m' / (sqrt(s') + eps)`` with ``m' = m / (1 - beta_1**t)``,
    ``s' = s / (1 - beta_2**t)``.

    Parameters
    ----------
    beta_1 : float in [0, 1), default=0.9
        Memory of the average gradient.
    beta_2 : float in [0, 1), default=0.999
        Memory of the average square.
    eps : float, default=1e-8
        Keeps the divisor from zero.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
    algorithm 1.

    Examples
    --------
    >>> from sklstm.core.optimizers import Adam
    >>> Adam(beta_1=0.8)
    Adam(beta_1=0.8)
    """

    def __init__(self, beta_1=0.9, beta_2=0.999, eps=1e-8):
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.eps = eps

    def init(self, params, is_weight):
        check_number(self.beta_1, "beta_1", "[0, 1)")
        check_number(self.beta_2, "beta_2", "[0, 1)")
        check_number(self.eps, "eps", "(0, inf)")
        return {
            "n_steps": 0,
            "mean": np.zeros_like(params),
            "square": np.zeros_like(params),
            "scratch": np.empty_like(params),
        }

    def update(self, params, gradient, state, learning_rate):
        beta_1, beta_2, scratch = float(self.beta_1), float(self.beta_2), state["scratch"]
        state["n_steps"] += 1
        np.copyto(scratch, gradient)
        _move(state["mean"], scratch, beta_1)
        np.multiply(gradient, gradient, out=scratch)
        _move(state["square"], scratch, beta_2)
        np.sqrt(state["square"], out=scratch)
        scratch /= math.sqrt(1.0 - beta_2 ** state["n_steps"])
        scratch += float(self.eps)
        np.divide(state["mean"], scratch, out=scratch)
        scratch *= float(learning_rate) / (1.0 - beta_1 ** state["n_steps"])
        params -= scratch


class AdamW(Adam):
    """Adam with weight decay that the moving averages do not see.

    Before Adam's step, ``p -= r * weight_decay * p`` for the weights; never for the biases.

    Parameters
    ----------
    beta_1 : float in [0, 1), default=0.9
        Memory of the average gradient.
    beta_2 : float in [0, 1), default=0.999
        Memory of the average square.
    eps : float, default=1e-8
        Keeps the divisor from zero.
    weight_decay : float, default=0.01
        What a step takes from each weight, as a multiple of ``r * p``.

    References
    ----------
    I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", ICLR 2019,
    algorithm 2; with the decay times the learning rate, as in PyTorch.

    Examples
    --------
    >>> from sklstm.core.optimizers import AdamW
    >>> AdamW(weight_decay=0.1)
    AdamW(weight_decay=0.1)
    """

    def __init__(self, beta_1=0.9, beta_2=0.999, eps=1e-8, weight_decay=0.01):
        super().__init__(beta_1, beta_2, eps)
        self.weight_decay = weight_decay

    def init(self, params, is_weight):
        check_number(self.weight_decay, "weight_decay", "[0, inf)")
        return {**super().init(params, is_weight), "is_weight": np.array(is_weight, dtype=bool)}

    def update(self, params, gradient, state, learning_rate):
        kept = 1.0 - float(learning_rate) * float(self.weight_decay)
        np.multiply(params, kept, out=params, where=state["is_weight"])
        super().update(params, gradient, state, learning_rate)


OPTIMIZERS = {"sgd": SGD, "rmsprop": RMSprop, "adam": Adam, "adamw": AdamW}


def clip_by_global_norm(gradient, max_norm):
    """Shrink a gradient that is too long, in place.

    Parameters
    ----------
    gradient : ndarray of shape (n_params,), float32 or float64
        Changed in place if longer than `max_norm`. One that is not finite is left alone: the
        caller sees it by the norm.
    max_norm : float
        The greatest length allowed.

    Returns
    -------
    norm : float
        The length before. Neither overflows nor underflows where the sum of squares would.

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
    nrm2 = blas.snrm2 if gradient.dtype == np.float32 else blas.dnrm2
    norm = float(nrm2(gradient))
    scale = max_norm / (norm + _NORM_EPS)
    if math.isfinite(norm) and scale < 1.0:
        gradient *= scale
    return norm


def _move(average, term, decay):
    """``average = decay * average + (1 - decay) * term``, in place; spoils `term`."""
    average *= decay
    term *= 1.0 - decay
    average += term
