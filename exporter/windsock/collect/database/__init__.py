"""The metadata database itself."""
