"""The `touchup` commands, one per file: settings and options in, an exit code out."""
