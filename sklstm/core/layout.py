"""All parameters of a network in one flat vector, with named views into it.

Clipping, updating, saving and counting then act on one array.
"""

import math


class ParameterLayout:
    """Names and shapes of the arrays that share one flat vector, in order.

    Parameters
    ----------
    shapes : dict of str to dict of str to tuple of int
        By the part of the network and the array's name in it.
    """

    def __init__(self, shapes):
        self._places = {}
        stop = 0
        for part, arrays in shapes.items():
            self._places[part] = {}
            for name, shape in arrays.items():
                start, stop = stop, stop + math.prod(shape)
                self._places[part][name] = (slice(start, stop), shape)
        self.size = stop

    def views(self, flat):
        """Views into the vector `flat` of shape (size,), by part and name."""
        return {
            part: {name: flat[where].reshape(shape) for name, (where, shape) in places.items()}
            for part, places in self._places.items()
        }
