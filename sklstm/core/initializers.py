"""Random initialisation of weight matrices."""

import numpy as np


def glorot_uniform(rng, fan_in, fan_out, shape):
    """Glorot (Xavier) uniform initialisation.

    The variance of activations and gradients is about the same in all layers.

    Parameters
    ----------
    rng : numpy.random.Generator
        Random number generator.
    fan_in, fan_out : int
        Number of inputs and outputs of one matrix. They are not derived from `shape`, because one
        array may contain the matrices of several gates.
    shape : tuple of int
        Shape of the result.

    Returns
    -------
    weights : ndarray of `shape`, float64
        Uniform on ``[-r, r)`` with ``r = sqrt(6 / (fan_in + fan_out))``.

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010, equation 16.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.core.initializers import glorot_uniform
    >>> weights = glorot_uniform(np.random.default_rng(0), 2, 4, (4, 2))
    >>> weights.shape, bool(abs(weights).max() <= 1)
    ((4, 2), True)
    """
    limit = np.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, size=shape)


def orthogonal(rng, n):
    """Draw a random orthogonal matrix from the uniform (Haar) distribution.

    Repeated multiplication by an orthogonal recurrent matrix preserves the norm of the state.

    Parameters
    ----------
    rng : numpy.random.Generator
        Random number generator.
    n : int
        Number of rows and columns.

    Returns
    -------
    matrix : ndarray of shape (n, n), float64
        ``matrix.T @ matrix`` is the identity.

    References
    ----------
    A. M. Saxe, J. L. McClelland and S. Ganguli, "Exact solutions to the nonlinear dynamics of
    learning in deep linear neural networks", ICLR 2014, section 3.

    F. Mezzadri, "How to generate random matrices from the classical compact groups", Notices of
    the AMS 54 (2007), section 5, for the correction by the signs of the diagonal of R.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.core.initializers import orthogonal
    >>> matrix = orthogonal(np.random.default_rng(0), 3)
    >>> bool(np.allclose(matrix.T @ matrix, np.eye(3)))
    True
    """
    q, r = np.linalg.qr(rng.standard_normal((n, n)))
    return q * np.copysign(1.0, np.diag(r))
