// Take the usual index away before the next run.
DROP INDEX usual_embedding IF EXISTS;
