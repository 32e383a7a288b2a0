"""Airflow's metadata database: address, connection, schema, statements, guard. Reads, never writes."""
