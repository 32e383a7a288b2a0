"""A DAG file that cannot be imported."""

raise ImportError("this file is broken on purpose")
