"""The standard features interface (OGC API) as resources: what is asked, links, bodies, schemas and the document."""
