"""DAGs, their files, versions and bundles."""
