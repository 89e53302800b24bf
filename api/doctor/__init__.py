"""`yixian doctor`: what is looked at on the machine and in the data folder, and what is thought of it."""
