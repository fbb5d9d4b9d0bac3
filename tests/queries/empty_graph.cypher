// Delete every node but the record of migrations.
// Rows: none.
MATCH (n)
WHERE NOT n:Migration
CALL (n) {
  DETACH DELETE n
} IN TRANSACTIONS OF 2000 ROWS;
