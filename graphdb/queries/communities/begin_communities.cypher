// Note, before communities are written, that those there are belong to no relation any more.
// Rows: n_relations (integer).
MATCH (n:Relation)
REMOVE n.n_communities, n.modularity, n.communities_settings, n.communities_at
RETURN count(n) AS n_relations;
