-- Signatures of both curves: 65 bytes are r, s, v of secp256k1, 128 are r, s, x, y of P-256.
-- A new column in place of the old one, not a new table: foreign keys, indices and the order of rows stay as they are. The default, which
-- nothing ever inserts, is what rows hold between the two statements.
ALTER TABLE attestations RENAME COLUMN signature TO signature_of_65;
ALTER TABLE attestations ADD COLUMN signature BLOB NOT NULL
    DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000'
    CHECK (length(signature) IN (65, 128));
UPDATE attestations SET signature = signature_of_65;
ALTER TABLE attestations DROP COLUMN signature_of_65;
