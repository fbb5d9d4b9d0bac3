// Items for one user by one step along :TOGETHER from the history and by vectors, each of length 1 over the items
// that the user has not had, blended by the active model's embedding_share.
// Rows: item_id, title (strings), score (float): those of `footpath recommend` where the model's graph_kind is transitions and
// its relation is TOGETHER.
// :params {user_id: "17850", k: 10}
MATCH (m:Model {is_active: true})
MATCH (u:User|Session {id: $user_id})
CALL (m, u) {
  MATCH (u)-[r:INTERACTED]->(i:Item)
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
  RETURN collect({item: j,
                  score: reached * (CASE n_users WHEN 0 THEN 1 ELSE n_users END) ^ m.graph_item_power}) AS by_graph
}
CALL (m, u) {
  MATCH (u)-[r:INTERACTED]->(i:Item)
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
  RETURN collect({item: j,
                  score: fit * (CASE n_users WHEN 0 THEN 1 ELSE n_users END) ^ m.embedding_item_power}) AS by_embedding
}
WITH m, by_graph, by_embedding,
     sqrt(reduce(total = 0.0, each IN by_graph | total + each.score ^ 2)) AS graph_length,
     sqrt(reduce(total = 0.0, each IN by_embedding | total + each.score ^ 2)) AS embedding_length
UNWIND [each IN by_graph WHERE graph_length > 0
        | {item: each.item, score: (1 - m.embedding_share) * each.score / graph_length}]
     + [each IN by_embedding WHERE embedding_length > 0
        | {item: each.item, score: m.embedding_share * each.score / embedding_length}] AS each
WITH each
WHERE NOT each.item:Hidden
RETURN each.item.id AS item_id, each.item.title AS title, sum(each.score) AS score
ORDER BY score DESC, item_id
LIMIT toInteger($k);
