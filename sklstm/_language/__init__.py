"""What the language model is made of: texts <-> tokens, and the strips it is trained on."""
