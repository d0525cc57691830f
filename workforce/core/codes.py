"""Codes that people give to projects, pay groups and campaigns, and that stand in names, addresses and files."""

import re
from typing import Final

# Capitals, digits, hyphens and underscores, beginning with a letter. A word that spreadsheets and data frames read as
# "nothing", as a truth value or as a number would be lost on the way through the first of them.
CODE: Final = re.compile(r"(?!(?:NAN|NULL|NONE|NIL|NAT|INF|INFINITY|TRUE|FALSE)\Z)[A-Z][A-Z0-9_-]{0,39}", re.ASCII)
NO_CODE: Final = "is not a code; use a name such as FALCON: at most 40 capitals, digits and hyphens"
