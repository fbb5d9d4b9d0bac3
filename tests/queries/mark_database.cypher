// Mark the database as one that tests may empty; on a node of Footpath's, so that none is added.
// Rows: none.
MATCH (m:Migration {number: 1})
SET m:FootpathTest;
