"""Maps: self-contained pages that draw the core's answers. Only a served coverage map fetches anything,
its clock; no attribute is ever markup."""
