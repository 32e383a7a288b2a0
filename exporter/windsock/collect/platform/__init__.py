"""Airflow's own processes, and what they log."""
