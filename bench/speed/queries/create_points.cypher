// Items as the explorer draws them: a vector (its place: two coordinates do), a place on the map, a community.
// Rows: none.
// :params {rows: [{id: "p1", community: 0, support: 3, x: 0.5, y: 1.5}]}
UNWIND $rows AS row
CREATE (:Item {id: row.id, title: 'Item ' + row.id, community: row.community, support: row.support,
               embedding_a: [row.x, row.y], map_a: [row.x, row.y]});
