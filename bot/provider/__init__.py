"""fal's queue protocol over HTTP, and nothing else."""
