// The usual way to load interactions: a list a row, everything by MERGE.
// Rows: n (integer).
// :params {rows: [["u1", "i1", "0c5f", "2010-12-01T08:26:00Z", 1.0]]}
UNWIND $rows AS row
MERGE (u:User {id: row[0]})
MERGE (i:Item {id: row[1]})
MERGE (u)-[r:INTERACTED {key: row[2]}]->(i)
SET r.at = datetime(row[3]), r.type = 'interaction', r.value = row[4]
RETURN count(*) AS n;
