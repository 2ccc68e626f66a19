"""The label: a QR code that leads to a shipment's proof, for the box or the papers. Pure.

`label` says what stands on it and draws it as SVG, `pdf` as PDF. The code holds the GS1 Digital Link with the hash of the bundle's bytes,
so whoever is handed another file notices.
"""
