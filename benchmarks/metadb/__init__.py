"""What reading a big metadata database costs: our statements, the popular exporters' and Airflow's own."""
