"""`deploy/kubernetes/`: plain objects for kubectl and kustomize, from the same flags as everything else."""
