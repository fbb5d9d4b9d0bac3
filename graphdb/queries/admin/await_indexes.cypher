// Wait, five minutes at most, until every index is ready to answer.
// Rows: none.
CALL db.awaitIndexes(300);
