// Nodes that Footpath did not make, by their labels.
// Rows: labels (list of strings), n_nodes (integer).
MATCH (n)
WHERE NOT n:User AND NOT n:Session AND NOT n:Item AND NOT n:Category AND NOT n:Model AND NOT n:Load
  AND NOT n:Relation AND NOT n:Migration AND NOT n:ApiKey AND NOT n:ItemChange AND NOT n:Rule
  AND NOT n:Experiment
RETURN labels(n) AS labels, count(n) AS n_nodes
ORDER BY n_nodes DESC, labels;
