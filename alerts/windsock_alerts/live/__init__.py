"""What Prometheus and Alertmanager know of the alerts: why one fires, how they behave, what is silenced."""
