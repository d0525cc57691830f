"""Skills tests, the attempts at them, their grading, and the certifications that come of them."""
