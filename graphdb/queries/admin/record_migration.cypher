// Record that a migration has run; a second record of the same number changes nothing.
// Rows: number (integer).
// :params {number: 1, description: "item id is unique", checksum: "9f86d081"}
MERGE (m:Migration {number: $number})
ON CREATE SET m.description = $description, m.checksum = $checksum, m.applied_at = datetime()
RETURN m.number AS number;
