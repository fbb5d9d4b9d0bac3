// Join items that bench measures on.
// :params {rows: [["item0", "item1", 1.5]]}
UNWIND $rows AS row
MATCH (a:Item {id: row[0]})
MATCH (b:Item {id: row[1]})
CREATE (a)-[:TOGETHER {count: 1, weight: row[2]}]->(b);
