// One item's vector the usual way: a statement an item.
// :params {id: "item0", vector: [0.1, 0.2]}
MATCH (i:Item {id: $id})
CALL db.create.setNodeVectorProperty(i, 'usual_embedding', $vector);
