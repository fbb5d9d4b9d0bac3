// Set the community of some items. A row is [item_id, community].
// Rows: n_written (integer): items that were found.
// :params {rows: [["a", 0]]}
UNWIND $rows AS row
MATCH (i:Item {id: row[0]})
SET i.community = row[1]
RETURN count(i) AS n_written;
