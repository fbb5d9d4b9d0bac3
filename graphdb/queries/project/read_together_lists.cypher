// The :TOGETHER relationships that can be walked, at most 4,096 a row, as lists: for servers without vectors.
// Rows: sources, targets (lists of integers, node ids), weights (list of floats), counts (list of integers).
MATCH (i:Item)
WITH collect(i) AS items
UNWIND range(0, size(items) - 1, 128) AS first
CALL (items, first) {
  UNWIND items[first..first + 128] AS i
  MATCH (i)-[r:TOGETHER]->(j:Item)
  WHERE r.weight > 0
  WITH collect(id(i)) AS sources, collect(id(j)) AS targets,
       collect(r.weight) AS weights, collect(coalesce(r.count, 0)) AS counts
  UNWIND range(0, size(sources) - 1, 4096) AS start
  RETURN sources[start..start + 4096] AS sources, targets[start..start + 4096] AS targets,
         weights[start..start + 4096] AS weights, counts[start..start + 4096] AS counts
}
RETURN sources, targets, weights, counts;
