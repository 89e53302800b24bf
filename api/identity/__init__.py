"""Who asks: tokens of programs, accounts and sessions of people, and how they are let in."""
