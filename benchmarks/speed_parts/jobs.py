"""Section: what a second processor core brings to sklstm, with `n_jobs`."""

from .cases import FitCase, JobsCase, NetworkCase
from .comparison import compare
from .report import spread
from .rounds import in_turns
from .workers import Workers

LABELS = {
    "predict": "prediction of {n:,} windows",
    "step": "training step (partial_fit) at {shape}",
    "search": "GridSearchCV, 4 settings, 3 folds",
}


def jobs_section(report, names, effort, quick):
    """Time each work with one and with two jobs, of the first contestant that there is."""
    case = JobsCase()
    if quick:
        case = JobsCase(n_windows=2000, wide=NetworkCase(8, 32, 10, 128), search=_SMALL)
    with Workers(names, threads=2) as workers:
        worker = next(iter(workers))
        has_n_jobs = worker.has_n_jobs()
        report.text(
            f"Times with one and two jobs ({worker.name}, two processor cores); the threads and "
            "processes have been started before."
            + ("" if has_n_jobs else " The estimators of this version have no parameter n_jobs.")
        )
        worker.prepare(case)
        results = {}
        for work, label in LABELS.items():
            calls = {
                f"n_jobs={n}": lambda key=f"{work} {n}": worker.seconds(case, key, effort.seconds)
                for n in (1, 2)
                if (case, f"{work} {n}") in worker.work
            }
            for n_jobs in calls:  # the first call starts the threads or processes
                calls[n_jobs]()
            title = label.format(n=case.n_windows, shape=case.wide.title)
            results[title] = in_turns(calls, effort.rounds)
    compare(report, "seconds", results, lambda row, seconds: spread(seconds), summary=False)


_SMALL = FitCase(1, 8, 12, 32, n=100, epochs=2)
