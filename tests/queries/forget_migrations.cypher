// Delete the record of migrations, so that they are applied again.
// Rows: none.
MATCH (m:Migration)
DETACH DELETE m;
