// How the weights of :TOGETHER are spread: the least, quantiles, the greatest.
// Rows: n (integer), least, p10, p25, p50, p75, p90, p99, greatest (floats).
MATCH (:Item)-[r:TOGETHER]->(:Item)
RETURN count(*) AS n, min(r.weight) AS least, percentileCont(r.weight, 0.1) AS p10,
       percentileCont(r.weight, 0.25) AS p25, percentileCont(r.weight, 0.5) AS p50,
       percentileCont(r.weight, 0.75) AS p75, percentileCont(r.weight, 0.9) AS p90,
       percentileCont(r.weight, 0.99) AS p99, max(r.weight) AS greatest;
