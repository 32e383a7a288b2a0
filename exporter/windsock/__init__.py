"""Windsock shows how Airflow flows: what is late, what will be late, why, and whose it is."""

__version__ = "0.1.0"
