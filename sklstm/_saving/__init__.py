"""Files of fitted estimators: what is in them, and how it is read without trusting them."""
