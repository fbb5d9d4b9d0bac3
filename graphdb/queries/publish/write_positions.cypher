// Write 2-D positions onto some items, and a sign of life onto their model version. A row is [item_id, {map_<slot>: [x, y]}].
// Rows: n_written (integer): items that were found; 0 if the version is gone or going away.
// :params {version: "v", rows: [["a", {map_a: [0.1, 0.2]}]]}
MATCH (m:Model {version: $version})
SET m.heartbeat_at = datetime()
WITH m
WHERE m.status IN ['building', 'ready']
UNWIND $rows AS row
MATCH (i:Item {id: row[0]})
SET i += row[1]
RETURN count(i) AS n_written;
