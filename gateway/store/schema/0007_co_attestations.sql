-- What other gateways attested about our subjects: each its newest word, as the quorum part of a bundle, without proofs.
CREATE TABLE co_attestations (
    subject     TEXT    NOT NULL,                              -- GS1 Digital Link path
    gateway     BLOB    NOT NULL CHECK (length(gateway) = 20), -- address that anchored it
    document    TEXT    NOT NULL,                              -- JSON of one member of `quorum`; its proofs are made anew for every bundle
    created_ms  INTEGER NOT NULL,
    bundled     INTEGER NOT NULL CHECK (bundled IN (0, 1)),    -- whether the bundle that lies on the disk was written after it came
    PRIMARY KEY (subject, gateway)
) STRICT;
CREATE INDEX co_attestations_to_bundle ON co_attestations (bundled) WHERE bundled = 0;
