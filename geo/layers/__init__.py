"""What a layer is: one specification a file, one check for all, one registry."""
