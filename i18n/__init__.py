"""Languages, formats and message catalogues; the lowest layer, which knows nothing of people, work or pay."""
