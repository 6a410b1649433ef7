"""What executes bundles: reading them, choosing a backend, and the backends themselves."""
