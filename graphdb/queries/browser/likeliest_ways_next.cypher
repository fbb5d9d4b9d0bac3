// The likeliest ways from one item to another by :NEXT, among the fifty of fewest steps: a picture and a table. A way's
// probability is the product of its steps' transition probabilities, weight over all weight that leaves. `footpath path` looks
// at ways of any length.
// Rows: way (path), titles (list of strings), chances (list of floats, of each step), probability (float).
// :params {item_id: "85123A", other_id: "21733", k: 5}
MATCH (a:Item {id: $item_id}), (b:Item {id: $other_id})
MATCH way = SHORTEST 50 (a)-[:NEXT]->+(b)
WITH way, nodes(way) AS items, relationships(way) AS steps
WHERE all(r IN steps WHERE r.weight > 0)
WITH way, items, [n IN range(0, size(steps) - 1) | steps[n].weight / reduce(total = 0.0, w IN COLLECT {
  WITH items[n] AS source
  MATCH (source)-[s:NEXT]->(other:Item)
  WHERE s.weight > 0 AND other <> source
  RETURN s.weight
} | total + w)] AS chances
RETURN way, [n IN items | coalesce(n.title, n.id)] AS titles, chances,
       reduce(product = 1.0, chance IN chances | product * chance) AS probability
ORDER BY probability DESC, titles
LIMIT toInteger($k);
