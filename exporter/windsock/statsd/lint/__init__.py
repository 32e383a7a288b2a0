"""Mistakes in a mapping that statsd_exporter does not tell, found before it runs."""
