// Every interaction, grouped by who made it, 64 visitors a row: what sessions are cut from.
// Rows: visitors, nodes (lists of integers, node ids), times (list of integers, ms since 1970, the least
// integer where there is none), sessions (list of strings, empty where there is none).
MATCH (v:User|Session)
WITH collect(v) AS visitors
UNWIND range(0, size(visitors) - 1, 64) AS first
CALL (visitors, first) {
  UNWIND visitors[first..first + 64] AS v
  MATCH (v)-[r:INTERACTED]->(i:Item)
  RETURN collect(id(v)) AS visitor_nodes, collect(id(i)) AS nodes,
         collect(coalesce(r.at.epochMillis, -9223372036854775808)) AS times,
         collect(coalesce(r.session, '')) AS sessions
}
RETURN visitor_nodes AS visitors, nodes, times, sessions;
