// How many nodes there are, but for the record of the migrations: none in an empty database.
// Rows: n_nodes (integer).
RETURN COUNT { MATCH (n) } - COUNT { MATCH (m:Migration) } AS n_nodes;
