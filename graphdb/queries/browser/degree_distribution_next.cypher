// How many items have how many neighbours by :NEXT, in its direction, in classes that double: 0, 1, 2 to 3, 4 to 7, …
// Rows: from_degree, to_degree (integers, both included), n_items (integer), share (float, of all items).
MATCH (i:Item)
WITH COUNT { (i)-[:NEXT]->(:Item) } AS degree
WITH CASE degree WHEN 0 THEN -1 ELSE toInteger(floor(log(degree) / log(2) + 1e-9)) END AS class, count(*) AS n_items
WITH collect({class: class, n_items: n_items}) AS classes, sum(n_items) AS total
UNWIND classes AS each
RETURN CASE each.class WHEN -1 THEN 0 ELSE toInteger(2 ^ each.class) END AS from_degree,
       CASE each.class WHEN -1 THEN 0 ELSE toInteger(2 ^ (each.class + 1)) - 1 END AS to_degree,
       each.n_items AS n_items, toFloat(each.n_items) / total AS share
ORDER BY from_degree;
