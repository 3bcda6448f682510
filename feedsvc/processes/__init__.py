"""How processes start, end, notice clock steps and change their configuration together."""
