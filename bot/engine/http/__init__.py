"""What the engine answers over HTTP: fal's paths, errors, keys and files."""
