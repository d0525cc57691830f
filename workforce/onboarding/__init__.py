"""From a stranger to a worker."""
