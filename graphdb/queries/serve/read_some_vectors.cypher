// The vectors of some items: whether a copy of them is still right.
// Rows: item_id (string), vector (list of floats or null).
// :params {item_ids: ["85123A"], property: "embedding_a"}
UNWIND $item_ids AS item_id
MATCH (i:Item {id: item_id})
RETURN item_id, i[$property] AS vector;
