"""Maps: self-contained pages that draw the core's answers. Nothing is fetched, and no attribute is ever markup."""
