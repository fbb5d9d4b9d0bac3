// One User node per id; ids already there stay as they are.
// Rows: n_new (integer), how many of them were not there before.
// :params {ids: ["u1", "u2"]}
UNWIND $ids AS id
MERGE (n:User {id: id})
ON CREATE SET n.is_new = true
WITH DISTINCT n
WHERE n.is_new
REMOVE n.is_new
RETURN count(*) AS n_new;
