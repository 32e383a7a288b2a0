"""The whole loop on one machine without Docker: what `make demo` starts and the end-to-end tests build on."""
