"""Appeals against decisions: a deadline, and somebody else who decides."""
