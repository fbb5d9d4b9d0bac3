// Items for one user by two steps over the users who share the history, with the active model's exponents.
// Rows: item_id, title (strings), score (float): those of `footpath recommend --method graph` where the model's
// graph_kind is two-step.
// :params {user_id: "17850", k: 10}
MATCH (m:Model {is_active: true})
MATCH (u:User|Session {id: $user_id})-[r:INTERACTED]->(i:Item)
WITH m, u, i, max(r.at) AS last_at
WITH m, u, collect({item: i, last_at: last_at}) AS had, collect(i) AS history
UNWIND had AS entry
WITH m, history, entry.item AS i, entry.last_at AS last_at,
     COUNT { MATCH (u)-[r:INTERACTED]->(:Item) WHERE r.at > entry.last_at RETURN DISTINCT r.at } AS n_later
WITH m, history, i, m.graph_history_decay ^ n_later
     * COUNT { MATCH (i)<-[:INTERACTED]-(v) RETURN DISTINCT v } ^ m.graph_history_power AS weight
MATCH (i)<-[:INTERACTED]-(v)
WITH DISTINCT m, history, i, weight, v
WITH m, history, v, sum(weight) AS reached
WITH m, history, v, reached ^ coalesce(m.graph_overlap_power, 1.0)
     / COUNT { MATCH (v)-[:INTERACTED]->(j:Item) RETURN DISTINCT j } AS reached
MATCH (v)-[:INTERACTED]->(j:Item)
WITH DISTINCT m, history, v, reached, j
WITH m, history, j, sum(reached) AS spread
WHERE NOT j IN history
WITH m, j, spread, COUNT { MATCH (j)<-[:INTERACTED]-(v) RETURN DISTINCT v } AS n_users
WHERE NOT j:Hidden
RETURN j.id AS item_id, j.title AS title,
       spread * (CASE n_users WHEN 0 THEN 1 ELSE n_users END) ^ m.graph_item_power AS score
ORDER BY score DESC, item_id
LIMIT toInteger($k);
