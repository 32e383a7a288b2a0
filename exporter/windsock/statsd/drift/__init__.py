"""What an installed Airflow can send over StatsD, read from its source, against Windsock's catalogue."""
