// Items for one user by one step along :TOGETHER from the history, with the active model's exponents.
// Rows: item_id, title (strings), score (float): those of `footpath recommend --method graph` where the model's
// graph_kind is transitions and its relation is TOGETHER.
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
MATCH (i)-[r:TOGETHER]-(j:Item)
WHERE r.weight > 0 AND j <> i AND NOT j IN history
WITH m, j, sum(weight * r.weight) AS reached
WITH m, j, reached, COUNT { MATCH (j)<-[:INTERACTED]-(v) RETURN DISTINCT v } AS n_users
WHERE NOT j:Hidden
RETURN j.id AS item_id, j.title AS title,
       reached * (CASE n_users WHEN 0 THEN 1 ELSE n_users END) ^ m.graph_item_power AS score
ORDER BY score DESC, item_id
LIMIT toInteger($k);
