// How much of everything is in the graph.
// Rows: one, with a count in each column.
RETURN COUNT { MATCH (:User) } AS users,
       COUNT { MATCH (:Session) } AS sessions,
       COUNT { MATCH (:Item) } AS items,
       COUNT { MATCH (:Category) } AS categories,
       COUNT { MATCH ()-[:INTERACTED]->() } AS interactions,
       COUNT { MATCH ()-[:NEXT]->() } AS next,
       COUNT { MATCH ()-[:TOGETHER]->() } AS together,
       COUNT { MATCH (:Model {status: 'ready'}) } AS versions,
       COUNT { MATCH (:Load) } AS loads;
