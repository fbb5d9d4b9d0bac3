// The migrations that this database has.
// Rows: number (integer), description (string), checksum (string, SHA-256 of the file), applied_at.
MATCH (m:Migration)
RETURN m.number AS number, m.description AS description, m.checksum AS checksum,
       m.applied_at AS applied_at
ORDER BY number;
