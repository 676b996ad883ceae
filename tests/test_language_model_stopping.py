"""Early stopping of a language model: validation on some texts, or on the end of one."""

import numpy as np
import pytest
from language_model_cases import LONG, SENTENCES, levels, small

from sklstm.core.inference import predict_raw

OVERFITS = {"early_stopping": True, "learning_rate": 0.1, "max_iter": 100, "hidden_size": 16}


@pytest.mark.filterwarnings("ignore:early_stopping")  # held out are two of a kind, for some seeds
@pytest.mark.parametrize("shuffle", [True, False])
@levels
def test_early_stopping_on_texts(level, shuffle):
    model = small(level=level, shuffle=shuffle, validation_fraction=0.3, **OVERFITS)
    model.fit(SENTENCES)
    curve = model.validation_loss_curve_
    assert len(curve) == model.n_iter_ < 100
    assert model.validation_score_curve_ == [-loss for loss in curve]
    assert model.best_loss_ == min(curve) < curve[-1]
    if not shuffle:
        assert -model.score(SENTENCES[-3:]) == pytest.approx(model.best_loss_, rel=1e-5)


def test_early_stopping_on_the_tail_of_a_text():
    tail = "she shall sell so shells. "
    text = LONG + tail
    model = small(validation_fraction=len(tail) / len(text) - 1e-9, **OVERFITS).fit([text])
    validation = model._numbered([text[-len(tail) - 1 :]])
    validation = validation.sequences.values[1:], validation.targets[1:].ravel()
    tokens = model._numbered([tail]).sequences
    tokens.values = validation[0]
    raw = predict_raw(model._fitted_predictor().network, model._params, tokens).astype(float)
    log_p = raw - np.log(np.exp(raw).sum(axis=1, keepdims=True))
    expected = -log_p[np.arange(len(tail)), validation[1]].mean()
    assert model.best_loss_ == pytest.approx(expected, rel=1e-5)
    # The validation set is not trained on.
    other = small(validation_fraction=len(tail) / len(text) - 1e-9, **OVERFITS)
    other.fit([LONG + tail[::-1]])
    assert other.loss_curve_[0] == model.loss_curve_[0]
    assert other.validation_loss_curve_[0] != model.validation_loss_curve_[0]


@pytest.mark.parametrize(
    ("texts", "level", "message"),
    [
        (["abab" * 3, "baczc"], "char", r"3 of the 5 tokens.*\(2 different ones: 'c', 'z'\)"),
        (["abab" * 9 + "z"], "char", r"1 of the 4 tokens.*\(1 different ones: 'z'\)"),
        (["a b", "a gnu"], "word", r"1 of the 3 tokens.*'gnu'.*set max_features below"),
        (["ab", "abcdefgh"], "char", r"6 of the 8 .*\(6 different ones: 'c'.*'g', \.\.\.\)"),
    ],
)
def test_validation_tokens_that_are_not_trained_on(texts, level, message):
    """Early stopping says so; the results are what they are."""
    params = {"level": level, "early_stopping": True, "shuffle": False}
    with pytest.warns(UserWarning, match=message):
        small(**params).fit(texts)


def test_no_warning_of_validation_tokens_that_are_trained_on():
    small(level="word", early_stopping=True, max_features=2, shuffle=False).fit(
        ["a b c", "a b d", "d c"]
    )
    small(early_stopping=True).fit(["abc"] * 3)
    small().fit(["ab", "cd"])


def test_nothing_left_to_train_on():
    with pytest.raises(ValueError, match="hold out all 2 texts"):
        small(early_stopping=True, validation_fraction=0.6).fit(["abc", "cab"])
    with pytest.raises(ValueError, match="hold out all 2 tokens"):
        small(early_stopping=True, validation_fraction=0.6).fit(["ab"])
