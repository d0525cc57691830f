"""What is decided about tests without a database: scores, keys, papers, agreement of graders, statistics."""
