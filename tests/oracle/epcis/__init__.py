"""EPCIS: shape, facts, documents, queries and hashes of events that are not only ours."""
