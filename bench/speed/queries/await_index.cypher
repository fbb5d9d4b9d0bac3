// Wait until the index can be asked.
CALL db.awaitIndex('usual_embedding', 3600);
