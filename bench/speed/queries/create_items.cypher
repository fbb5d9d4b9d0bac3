// Make items that bench measures on.
// :params {ids: ["item0", "item1"]}
UNWIND $ids AS id
CREATE (:Item {id: id, support: 1});
