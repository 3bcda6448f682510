"""Files become Articles: what is in the folder, and what each file says."""
