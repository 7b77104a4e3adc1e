"""Other programs on the same economy, one script each; they know the table and nothing of us."""
