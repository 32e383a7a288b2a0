"""What the metrics of other Airflow monitoring are called here: a YAML file and a page for each peer."""
