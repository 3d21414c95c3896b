"""schemathesis over the whole schema, on an installation of its own: is anything answered that the schema forbids?"""
