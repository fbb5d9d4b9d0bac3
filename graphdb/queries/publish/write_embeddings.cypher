// Write in- and out-vectors onto some items (an in-vector may be null: none is written), and a sign of life onto their model version.
// Rows: n_written (integer): items that were found.
// :params {version: "v", property: "embedding_a", out_property: "out_embedding_a", rows: [{item_id: "a", in_vector: [0.1, 0.2], out_vector: [0.3, 0.4]}]}
MATCH (m:Model {version: $version})
SET m.heartbeat_at = datetime()
WITH m
UNWIND $rows AS row
MATCH (i:Item {id: row.item_id})
CALL (i, row) {
  WITH i, row
  WHERE row.in_vector IS NOT NULL
  CALL db.create.setNodeVectorProperty(i, $property, row.in_vector)
}
CALL db.create.setNodeVectorProperty(i, $out_property, row.out_vector)
RETURN count(i) AS n_written;
