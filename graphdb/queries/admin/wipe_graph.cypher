// Delete all that Footpath has made but the record of its migrations, in transactions of its own.
// Rows: none.
MATCH (n:User|Session|Item|Category|Model|Load|Relation)
CALL (n) {
  DETACH DELETE n
} IN TRANSACTIONS OF 2000 ROWS;
