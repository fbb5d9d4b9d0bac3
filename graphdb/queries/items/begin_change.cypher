// Count one more change of items; whoever comes next waits until this one is committed, so that changes are seen
// in the order of their numbers. What was long ago is forgotten. Number 0 is the counter.
// Rows: number (integer).
// :params {n_kept: 10000}
MERGE (counter:ItemChange {number: 0})
SET counter.last = coalesce(counter.last, 0) + 1
WITH counter.last AS number
CALL (number) {
  MATCH (old:ItemChange)
  WHERE 0 < old.number <= number - $n_kept
  DELETE old
}
RETURN number;
