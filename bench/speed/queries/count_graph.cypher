// Items and relationships that are there.
// Rows: n_items, n_relationships (integers).
CALL () {
  MATCH (i:Item)
  RETURN count(i) AS n_items
}
CALL () {
  MATCH ()-[r:TOGETHER]->()
  RETURN count(r) AS n_relationships
}
RETURN n_items, n_relationships;
