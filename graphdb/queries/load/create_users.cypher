// User nodes, none of whose ids may be there yet: the unique constraint refuses all of them otherwise.
// Rows: n_new (integer), how many were created.
// :params {ids: ["u1", "u2"]}
UNWIND $ids AS id
CREATE (n:User {id: id})
RETURN count(n) AS n_new;
