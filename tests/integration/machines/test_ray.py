"""joblib's work on Ray."""

import joblib
import pytest
import ray
from jobs import check_same_on_all_cores
from ray.util.joblib import register_ray

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def on_ray():
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    register_ray()
    with joblib.parallel_config("ray"):
        yield
    ray.shutdown()


def test_jobs_on_ray(on_ray):
    check_same_on_all_cores()
