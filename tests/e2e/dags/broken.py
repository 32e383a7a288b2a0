"""A DAG file that Airflow cannot import, as there is always one."""

raise ImportError("this file is broken on purpose")
