"""What statsd_exporter costs with our mappings: CPU by line, first-time names, loss under bursts."""
