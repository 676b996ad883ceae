"""All parameters of a network in one flat vector, with named views into it.

Clipping, updating, saving and counting then act on one array.
"""

from math import prod


class ParameterLayout:
    """Names and shapes of the arrays that share one flat vector, in order.

    Parameters
    ----------
    parts : iterable of Part
        In the order of their parameters. Those without parameters are left out.

    Attributes
    ----------
    size : int
        Length of the flat vector.
    """

    def __init__(self, parts):
        self._places, stop = {}, 0
        for part in parts:
            shapes = part.shapes()
            if shapes:
                self._places[part.name] = places = {}
                for name, shape in shapes.items():
                    start, stop = stop, stop + prod(shape)
                    places[name] = slice(start, stop), shape
        self.size = stop

    def views(self, flat):
        """Views into the vector `flat` of shape (size,), by part and name."""
        return {
            part: {name: flat[where].reshape(shape) for name, (where, shape) in places.items()}
            for part, places in self._places.items()
        }
