"""How fast, against whom, and how to run it again: see README.md."""
