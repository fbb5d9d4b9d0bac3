// Delete every node but the record of migrations; their relationships are gone by then.
// Rows: none.
MATCH (n)
WHERE NOT n:Migration
CALL (n) {
  DELETE n
} IN TRANSACTIONS OF 10000 ROWS;
