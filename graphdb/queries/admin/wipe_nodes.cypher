// Delete the nodes that Footpath has made, but the record of its migrations; their relationships are gone by
// then (wipe_relationships), so that no transaction grows with a busy item.
// Rows: none.
MATCH (n:User|Session|Item|Category|Model|Load|Relation)
CALL (n) {
  DELETE n
} IN TRANSACTIONS OF 10000 ROWS;
