// Remove the communities of all items, in transactions of its own, unless a relation says that they are made from it.
// Rows: none.
MATCH (i:Item)
WHERE i.community IS NOT NULL
  AND NOT EXISTS {
    MATCH (n:Relation)
    WHERE n.communities_at IS NOT NULL
  }
CALL (i) {
  REMOVE i.community
} IN TRANSACTIONS OF 10000 ROWS;
