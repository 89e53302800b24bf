"""OpenStreetMap: one file becomes a whole county, with an account of what was kept, left out and assumed."""

from geo.intake.osm.county import OsmCounty, county_from_osm

__all__ = ["OsmCounty", "county_from_osm"]
