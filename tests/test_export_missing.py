"""Export without the packages that it needs."""

import sys

import numpy as np
import pytest

from sklstm import LSTMRegressor
from sklstm.export import register_skl2onnx, to_onnx

X = np.random.default_rng(0).standard_normal((8, 4))


@pytest.mark.parametrize(
    "package, call",
    [
        ("onnx", lambda: to_onnx(LSTMRegressor(2, max_iter=1).fit(X, X[:, 0]), X)),
        ("skl2onnx", register_skl2onnx),
    ],
)
def test_a_missing_package_is_named_with_the_command_that_installs_it(package, call, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=rf"{package}.* pip install onnx skl2onnx"):
        call()


def test_import_of_the_library_imports_neither():
    import subprocess

    check = "import sys, sklstm.export; assert not {'onnx', 'skl2onnx'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", check], check=True)
