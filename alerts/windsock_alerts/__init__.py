"""Prometheus rules and Alertmanager routing as code, one module per subject."""
