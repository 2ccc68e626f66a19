-- Lots under inspection. What was found on their items stands in findings, under the same subject.
CREATE TABLE lots (
    subject        TEXT    NOT NULL PRIMARY KEY, -- GS1 Digital Link path, 01/<GTIN>/10/<lot>
    gtin           TEXT    NOT NULL,             -- with the supplier: the series to which switching rules apply
    supplier       TEXT    NOT NULL,
    machine        TEXT    NOT NULL,
    lot_size       INTEGER NOT NULL CHECK (lot_size >= 2),
    level          TEXT    NOT NULL,
    aql            TEXT    NOT NULL,
    severity       TEXT    NOT NULL CHECK (severity IN ('normal', 'tightened', 'reduced')),
    resumed        INTEGER NOT NULL CHECK (resumed IN (0, 1)), -- somebody resumed a discontinued series with this lot
    opened_ms      INTEGER NOT NULL,
    closed_ms      INTEGER,
    state          TEXT    NOT NULL CHECK (state IN ('open', 'closed', 'judged')),
    verdict        INTEGER,
    inspected      INTEGER,
    nonconforming  INTEGER,
    CHECK ((state = 'judged') = (verdict IS NOT NULL)),
    CHECK ((verdict IS NULL) = (inspected IS NULL)),
    CHECK ((verdict IS NULL) = (nonconforming IS NULL))
) STRICT;
CREATE INDEX lots_by_series ON lots (supplier, gtin);
CREATE INDEX lots_by_state ON lots (state);
