// The number of the last change of items.
// Rows: number (integer); one.
OPTIONAL MATCH (counter:ItemChange {number: 0})
RETURN coalesce(counter.last, 0) AS number;
