"""Yixian's pure core: tables in, answers out. No web, no drawing, no environment."""
