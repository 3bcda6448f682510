"""How the commands tell what they found: lines for people, JSON for programs."""
