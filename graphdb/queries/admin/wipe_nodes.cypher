// Delete the nodes that Footpath has made, but the record of its migrations, keys, and the number that changes of
// items have come to (running servers go on from it); their relationships are gone by then (wipe_relationships), so
// that no transaction grows with a busy item.
// Rows: none.
MATCH (n:User|Session|Item|Category|Model|Load|Relation|ItemChange|Rule|Experiment)
WHERE NOT (n:ItemChange AND n.number = 0)
CALL (n) {
  DELETE n
} IN TRANSACTIONS OF 10000 ROWS;
