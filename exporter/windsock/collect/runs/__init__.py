"""Runs of DAGs: active, finished, usual, watched by an SLA."""
