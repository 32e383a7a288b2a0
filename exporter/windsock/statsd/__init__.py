"""StatsD tooling: the mapping for statsd_exporter, its flags, the list of lines."""
