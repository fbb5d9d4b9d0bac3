// The usual way to write relationships: a list a row, both ends found by id, MERGE.
// Rows: n (integer).
// :params {rows: [["i1", "i2", 3, 0.5, 1700000000000]]}
UNWIND $rows AS row
MATCH (a:Item {id: row[0]})
MATCH (b:Item {id: row[1]})
MERGE (a)-[r:TOGETHER]->(b)
SET r.count = row[2], r.weight = row[3], r.last_seen = datetime({epochMillis: row[4]})
RETURN count(*) AS n;
