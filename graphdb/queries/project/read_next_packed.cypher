// The :NEXT relationships that can be walked and leave some nodes, at most 4,096 a row, packed as vectors (2025.10 and later).
// Rows: sources, targets (INTEGER64 vectors, node ids), weights (FLOAT64 vector).
// :params {nodes: [0, 1, 2]}
CYPHER 25
UNWIND range(0, size($nodes) - 1, 128) AS first
CALL (first) {
  UNWIND $nodes[first..first + 128] AS node
  MATCH (i)-[r:NEXT]->(j)
  WHERE id(i) = node AND r.weight > 0
  WITH collect(id(i)) AS sources, collect(id(j)) AS targets, collect(r.weight) AS weights
  UNWIND range(0, size(sources) - 1, 4096) AS start
  WITH sources[start..start + 4096] AS sources, targets[start..start + 4096] AS targets,
       weights[start..start + 4096] AS weights
  WHERE size(sources) > 0
  RETURN vector(sources, size(sources), INTEGER64) AS sources,
         vector(targets, size(sources), INTEGER64) AS targets,
         vector(weights, size(sources), FLOAT64) AS weights
}
RETURN sources, targets, weights;
