"""statsd_exporter's behaviour in Python: lines, rules, series and /metrics, as release 0.31 has them."""
