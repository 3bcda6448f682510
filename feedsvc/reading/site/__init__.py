"""The site that the folder of articles belongs to, as its generator's own files describe it."""
