"""Small changes of the source, each of which some test should notice: mutation testing.

``python tests/mutating.py --number 500`` first runs the tests under coverage.py, to know which test
executes which line. Then it changes one place of the source at a time, in memory, and runs tests
that execute the changed line until one fails. It prints the changes that no test noticed, each with
a name. ``--mutant NAME`` tries one again, with all tests that execute its line, and with
``--tests tests/test_losses.py`` with others. A change that no test notices has no effect, or needs
a test, or the code is not needed.
"""

import argparse
import collections
import hashlib
import importlib
import importlib.machinery
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

import pytest
from mutants import ROOT, mutants_of, mutated

TESTS = Path(__file__).resolve().parent
FOLDERS = ("sklstm/core", "sklstm/_forecasting")
# Tests that trace lines, read the source, or run other processes, in which nothing is changed.
LEFT_OUT = (
    *("architecture", "checkpoint_killed", "doc_site", "docstrings", "doctests", "examples"),
    *("fuzz", "html_representation", "inherited_docs", "interrupted", "interrupting", "mutating"),
    *("processes", "soaking", "typing", "ulps"),
)
SECONDS = 20  # of tests for each change
MEMORY = 6 * 2**30  # bytes: a loop that never ends may append for ever
BROKEN = 99  # exit status of a process that could not run tests
MISSED = ("survived", "without a test")
OUTCOMES = ("killed", "timed out", *MISSED)


class Record:
    """Which tests execute which lines, and how long they take.

    It is made by a run of all tests that are not slow, under coverage.py, and kept in a folder. It
    is made again if source or tests have changed.
    """

    def __init__(self, folder):
        import coverage

        self.folder = Path(folder)
        self.durations, self.lines = {}, {}
        digest, file = self._digest(), self.folder / "tests.json"
        if not file.exists() or json.loads(file.read_text())["digest"] != digest:
            print("Running the tests under coverage.py", flush=True)
            # In a process of its own: sklstm must not be imported in this one.
            child = os.fork()
            if child == 0:
                saved = {"digest": digest, "sizes": self.make(), "durations": self.durations}
                file.write_text(json.dumps(saved))
                os._exit(0)
            os.waitpid(child, 0)
        saved = json.loads(file.read_text())
        self.durations, self.sizes = saved["durations"], saved["sizes"]
        self.data = coverage.CoverageData(self.folder / "lines")
        self.data.read()

    @staticmethod
    def _digest():
        """Hash of the source and the tests, and of where they are."""
        files = [f for folder in (ROOT / "sklstm", TESTS) for f in sorted(folder.rglob("*.py"))]
        text = b"".join(str(file).encode() + file.read_bytes() for file in files)
        return hashlib.sha256(text).hexdigest()

    def make(self):
        """Run the tests; return how many lines each executes."""
        import coverage

        self.folder.mkdir(parents=True, exist_ok=True)
        files = sorted(TESTS.glob("test_*.py"))
        files = [str(f) for f in files if not f.stem.removeprefix("test_").endswith(LEFT_OUT)]
        self.cov = coverage.Coverage(
            source=["sklstm"], data_file=self.folder / "lines", config_file=False
        )
        self.cov.start()
        pytest.main(["-q", "-p", "no:cacheprovider", "-m", "not slow", *files], plugins=[self])
        self.cov.stop()
        self.cov.save()
        data, sizes = self.cov.get_data(), collections.Counter()
        for path in data.measured_files():
            for tests in data.contexts_by_lineno(path).values():
                sizes.update(tests)
        return sizes

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item):
        """Name the test that runs."""
        self.cov.switch_context(item.nodeid)
        yield
        self.cov.switch_context("")

    def pytest_runtest_logreport(self, report):
        """Remember how long a test took that passed."""
        if report.when == "call" and report.passed:
            self.durations[report.nodeid] = report.duration

    def tests_for(self, mutant, seconds):
        """Tests that execute the changed lines, and together take about `seconds`.

        One case of every test function comes first, then a second one, and so on; functions that
        execute few lines of sklstm precede those that execute many.
        """
        by_line = self._by_line(mutant.path)
        first, last = mutant.lines or (0, max(by_line, default=0))
        tests = {t for line in range(first, last + 1) for t in by_line.get(line, ())}
        if tests == {""}:  # executed by an import: any test of the file, or else of the folder
            tests = {t for found in by_line.values() for t in found}
        if tests == {""}:
            paths = sorted_files(os.path.dirname(mutant.path))
            tests = {t for path in paths for found in self._by_line(path).values() for t in found}
        cases = collections.defaultdict(list)
        for test in sorted(tests & self.durations.keys(), key=lambda t: (self.sizes[t], t)):
            cases[test.partition("[")[0]].append(test)
        ranked = [(i, test) for group in cases.values() for i, test in enumerate(group)]
        chosen, total = [], 0.0
        for _, test in sorted(ranked, key=lambda pair: (pair[0], self.sizes[pair[1]])):
            if chosen and total + self.durations[test] > seconds:
                continue
            chosen.append(test)
            total += self.durations[test]
        return chosen

    def _by_line(self, path):
        if path not in self.lines:
            self.lines[path] = self.data.contexts_by_lineno(str((ROOT / path).resolve()))
        return self.lines[path]


def run_tests(mutant, tests, output):
    """Run tests on changed source: the work of a forked process, which ends here."""
    import resource  # not on Windows, where processes cannot be forked either

    status = BROKEN
    try:
        os.setsid()
        file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        for stream in (1, 2):
            os.dup2(file, stream)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        if mutant is not None:
            change_source(mutant)
        options = ["-x", "-q", "--tb=short", "-p", "no:cacheprovider"]
        options += ["--rootdir", str(TESTS.parent)]
        # A few tests first: most changes need no more, and their modules need not be imported.
        for some in filter(None, (tests[:6], tests[6:30], tests[30:])):
            status = int(pytest.main([*options, *some]))
            if status:
                break
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def change_source(mutant):
    """Let this process import the changed module."""
    tree = mutated(mutant)[0]
    original = importlib.machinery.SourceFileLoader.get_code

    def get_code(loader, name):
        if loader.path == str(ROOT / mutant.path):
            return compile(tree, loader.path, "exec")
        return original(loader, name)

    importlib.machinery.SourceFileLoader.get_code = get_code


def outcomes(tasks, jobs, seconds, output=os.devnull):
    """Yield each mutant with its outcome; tasks are pairs of a mutant and its tests."""
    tasks, running, limit = collections.deque(tasks), {}, 60 + 6 * seconds
    while tasks or running:
        while tasks and len(running) < jobs:
            mutant, tests = tasks.popleft()
            if not tests:
                yield mutant, "without a test"
                continue
            sys.stdout.flush()
            child = os.fork()
            if child == 0:
                run_tests(mutant, tests, output)
            running[child] = mutant, time.monotonic() + limit
        for child, (mutant, end) in list(running.items()):
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                del running[child]
                status = os.waitstatus_to_exitcode(status)
                if status == BROKEN:
                    raise RuntimeError(f"tests of {mutant} could not be run: see --output")
                yield mutant, "killed" if status else "survived"
            elif time.monotonic() > end:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                del running[child]
                yield mutant, "timed out"
        time.sleep(0.02)


def sample(paths, number, seed):
    """All mutants of files and folders, and some of them, in random order."""
    files = [f for path in paths for f in ([path] if path.endswith(".py") else sorted_files(path))]
    made = [mutant for path in files for mutant in mutants_of(path)]
    chosen = random.Random(seed).sample(made, min(number, len(made)))
    return made, chosen


def sorted_files(folder):
    """The modules in a folder, as paths from the root."""
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob("*.py"))


def report(made, found):
    """Print the numbers for each folder."""
    counts = collections.defaultdict(collections.Counter)
    for mutant in made:
        counts[os.path.dirname(mutant.path)]["made"] += 1
    for mutant, outcome in found:
        counts[os.path.dirname(mutant.path)].update([outcome, "tried"])
    counts["all"] = sum(counts.values(), collections.Counter())
    columns = ("made", "tried", *OUTCOMES)
    print(f"{'':32}", *(f"{name:>15}" for name in columns), sep="")
    for folder, count in counts.items():
        print(f"{folder:32}", *(f"{count[name]:15}" for name in columns), sep="")


def main():
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("paths", nargs="*", default=FOLDERS, help="folders or files to change")
    parser.add_argument("--number", type=int, default=500, help="number of changes to try")
    parser.add_argument("--seed", type=int, default=0, help="seed of their choice")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of tests, at each change")
    parser.add_argument("--jobs", type=int, default=1, help="number of processes")
    parser.add_argument(
        "--mutant", action="append", help="try this change instead; may be repeated"
    )
    parser.add_argument(
        "--tests", nargs="+", help="tests to run, instead of those that coverage finds"
    )
    parser.add_argument("--record", default=os.path.join(tempfile.gettempdir(), "sklstm-mutating"))
    parser.add_argument("--output", default=os.devnull, help="file for the output of the tests")
    options = parser.parse_args()
    seconds = options.seconds
    if options.mutant:
        names, seconds = set(options.mutant), max(seconds, 600)
        made = [m for path in {n.rpartition(":")[0] for n in names} for m in mutants_of(path)]
        chosen = [mutant for mutant in made if mutant.name in names]
    else:
        made, chosen = sample(options.paths, options.number, options.seed)
    record = None if options.tests else Record(options.record)
    tasks = [(mutant, options.tests or record.tests_for(mutant, seconds)) for mutant in chosen]
    # What takes time to import is imported before the processes are forked; sklstm is not.
    for name in ("pandas", "scipy.stats", "sklearn.ensemble", "sklearn.model_selection"):
        importlib.import_module(name)

    # Does what fails fail without a change?
    unchanged = [(None, tests) for _, tests in tasks[:5] if tests]
    if any(outcome != "survived" for _, outcome in outcomes(unchanged, options.jobs, seconds)):
        sys.exit("Tests fail on source that is not changed. They have to be mended first.")
    found = []
    for mutant, outcome in outcomes(tasks, options.jobs, seconds, options.output):
        found.append((mutant, outcome))
        if outcome in MISSED:
            print(f"{outcome}: --mutant {mutant.name}  {mutated(mutant)[1]}", flush=True)
    report(made, found)
    return any(outcome in MISSED for _, outcome in found)


if __name__ == "__main__":
    sys.exit(main())
