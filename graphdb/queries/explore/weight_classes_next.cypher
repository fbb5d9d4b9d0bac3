// How many :NEXT relationships have which weight, in twenty classes of equal ratio.
// Rows: from_weight, to_weight (floats), n (integer).
MATCH (:Item)-[r:NEXT]->(:Item)
WHERE r.weight > 0
WITH log(min(r.weight)) AS least, log(max(r.weight)) AS most
MATCH (:Item)-[r:NEXT]->(:Item)
WHERE r.weight > 0
WITH least, (most - least) / 20 AS width, r
WITH least, width, CASE WHEN width = 0 THEN 0 ELSE toInteger((log(r.weight) - least) / width) END AS class
WITH least, width, CASE class WHEN 20 THEN 19 ELSE class END AS class, count(*) AS n
RETURN exp(least + class * width) AS from_weight, exp(least + (class + 1) * width) AS to_weight, n
ORDER BY from_weight;
