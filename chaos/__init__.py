"""`make chaos`: takes parts away while people talk, and counts what was acknowledged, what is stored and what was answered."""
