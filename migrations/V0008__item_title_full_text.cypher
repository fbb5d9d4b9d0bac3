// Full text search over item titles.
CREATE FULLTEXT INDEX item_title_full_text IF NOT EXISTS
FOR (i:Item) ON EACH [i.title];
