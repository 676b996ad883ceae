"""Components of the language model: parameters, tokenization, training examples."""
