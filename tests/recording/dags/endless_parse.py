"""A DAG file that takes longer than the DAG processor allows."""

import time

time.sleep(60)
dag = "so that the file looks like one with an Airflow DAG"
