-- Which lots still need their bundle, however many there are; and the bundles of what other policies stated beside a shipment's own.

ALTER TABLE lots ADD COLUMN bundled INTEGER NOT NULL DEFAULT 0 CHECK (bundled IN (0, 1));
UPDATE lots SET bundled = 1 WHERE EXISTS (SELECT 1 FROM bundles WHERE bundles.subject = lots.subject);
CREATE INDEX lots_to_bundle ON lots (opened_ms, subject) WHERE state = 'judged' AND bundled = 0;

CREATE INDEX findings_beside ON findings (subject, edition) WHERE beside = 1;
CREATE TABLE beside_bundles (
    attestation BLOB    NOT NULL PRIMARY KEY CHECK (length(attestation) = 32), -- uid of the statement that it proves
    path        TEXT    NOT NULL,
    sha256      BLOB    NOT NULL CHECK (length(sha256) = 32),
    created_ms  INTEGER NOT NULL
) STRICT;
