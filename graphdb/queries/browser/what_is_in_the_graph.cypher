// What is in the graph: every label and relationship type with its count.
// Rows: what (string, such as :Item or -[:TOGETHER]->), n (integer).
MATCH (n)
UNWIND labels(n) AS label
WITH ':' + label AS what, count(*) AS n
RETURN what, n
UNION ALL
MATCH ()-[r]->()
WITH '-[:' + type(r) + ']->' AS what, count(*) AS n
RETURN what, n;
