"""Test of the default language model, ``LSTMLanguageModel().fit([text])``, and an n-gram model.

Run ``OPENBLAS_NUM_THREADS=1 python benchmarks/first_line_text.py`` (some minutes). The last tenth
of each text is the test part. Prints nats per character.
"""

import argparse
import sysconfig
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed

from sklstm import LSTMLanguageModel


def _standard_library(name):
    return Path(sysconfig.get_paths()["stdlib"], name).read_text(encoding="utf-8")


def _help_topics(n_characters):
    """Return Python's help topics in alphabetical order."""
    from pydoc_data.topics import topics

    return "\n".join(topics[name] for name in sorted(topics))[:n_characters]


def _paragraphs(n_characters):
    """Return the help topics without repeated paragraphs."""
    paragraphs = dict.fromkeys(_help_topics(None).split("\n\n"))
    return "\n\n".join(paragraphs)[:n_characters]


def _names(n_characters):
    """Return the names of Unicode characters, in random order."""
    import unicodedata

    names = [unicodedata.name(chr(code), "") for code in range(0x3000)]
    order = np.random.default_rng(0).permutation(len(names))
    return "\n".join(names[k].lower() for k in order if names[k])[:n_characters]


TEXTS = {
    "license, 14,000": lambda: _standard_library("LICENSE.txt"),
    "help, 60,000": lambda: _help_topics(60_000),
    "code, 100,000": lambda: _standard_library("argparse.py"),
    "names, 100,000": lambda: _names(100_000),
    "help, 300,000": lambda: _paragraphs(300_000),
}


def load(name):
    """Return training and test text. Characters that are not in the former are removed."""
    text = TEXTS[name]()
    cut = int(0.9 * len(text))
    known = set(text[:cut])
    return text[:cut], "".join(c for c in text[cut:] if c in known)


def n_gram_nats(text, unseen, order=6):
    """Return the nats per character of an interpolated n-gram model.

    Witten & Bell 1991, method C: ``p(c | h) = (n(h c) + t(h) p(c | shorter h)) / (n(h) + t(h))``,
    t(h) being the number of different characters that follow h; in the end all are equally likely.
    """
    following = [defaultdict(Counter) for _ in range(order)]
    for i, character in enumerate(text):
        for length in range(min(order, i + 1)):
            following[length][text[i - length : i]][character] += 1
    total, whole = 0.0, text + unseen
    n_symbols = len(set(text))
    for i in range(len(text), len(whole)):
        p = 1.0 / n_symbols
        for length in range(order):
            counts = following[length].get(whole[i - length : i])
            if counts:
                types = len(counts)
                p = (counts[whole[i]] + types * p) / (counts.total() + types)
        total -= np.log(p)
    return total / len(unseen)


def lstm_nats(name, seed, params):
    """Return nats per character of the test text and of the training text, and seconds to fit."""
    text, unseen = load(name)
    start = time.process_time()
    model = LSTMLanguageModel(random_state=seed, **params).fit([text])
    seconds = time.process_time() - start
    return -model.score([unseen]), -model.score([text]), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    seeds = range(parser.parse_args().seeds)
    print(f"{'':18}{'6-gram':>8}{'sklstm':>8}{'range':>16}{'own text':>10}{'seconds':>9}")
    for name in TEXTS:
        results = Parallel(n_jobs=2)(delayed(lstm_nats)(name, seed, {}) for seed in seeds)
        nats, own, seconds = np.array(results).T
        spread = f"{nats.min():.3f}-{nats.max():.3f}"
        print(
            f"{name:18}{n_gram_nats(*load(name)):8.3f}{np.median(nats):8.3f}{spread:>16}"
            f"{np.median(own):10.3f}{np.median(seconds):9.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
