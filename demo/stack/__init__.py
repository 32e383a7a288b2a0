"""The stack runner: real processes on loopback, each in its own session, with logs and a clean end."""
