// Items for one user by the in-vectors of the history against the out-vectors of all items, with the active model's
// exponents: in . out, or its exponential where the model's link is exp.
// Rows: item_id, title (strings), score (float): those of `footpath recommend --method embedding`.
// :params {user_id: "17850", k: 10}
MATCH (m:Model {is_active: true})
MATCH (u:User|Session {id: $user_id})-[r:INTERACTED]->(i:Item)
WITH m, u, i, max(r.at) AS last_at
WITH m, u, collect({item: i, last_at: last_at}) AS had, collect(i) AS history
UNWIND had AS entry
WITH m, history, entry.item AS i, entry.last_at AS last_at,
     COUNT { MATCH (u)-[r:INTERACTED]->(:Item) WHERE r.at > entry.last_at RETURN DISTINCT r.at } AS n_later
WITH m, history, i['embedding_' + m.slot] AS vector, m.embedding_history_decay ^ n_later
     * COUNT { MATCH (i)<-[:INTERACTED]-(v) RETURN DISTINCT v } ^ m.embedding_history_power AS weight
WHERE vector IS NOT NULL
WITH m, history, collect({vector: vector, weight: weight}) AS weighted
MATCH (j:Item)
WHERE j['out_embedding_' + m.slot] IS NOT NULL AND NOT j IN history
WITH m, j, j['out_embedding_' + m.slot] AS vector, weighted
WITH m, j, reduce(total = 0.0, w IN weighted | total + w.weight * CASE m.link
       WHEN 'exp' THEN exp(reduce(dot = 0.0, n IN range(0, m.dimension - 1) | dot + w.vector[n] * vector[n]))
       ELSE reduce(dot = 0.0, n IN range(0, m.dimension - 1) | dot + w.vector[n] * vector[n]) END) AS fit
WITH m, j, fit, COUNT { MATCH (j)<-[:INTERACTED]-(v) RETURN DISTINCT v } AS n_users
WHERE NOT j:Hidden
RETURN j.id AS item_id, j.title AS title,
       fit * (CASE n_users WHEN 0 THEN 1 ELSE n_users END) ^ m.embedding_item_power AS score
ORDER BY score DESC, item_id
LIMIT toInteger($k);
