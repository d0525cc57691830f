"""What onboarding decides without asking anybody: states, spellings, pay groups, steps."""
