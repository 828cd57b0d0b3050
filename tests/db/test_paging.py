"""The order of lists: by default, by a column, and reversed."""

import pytest
import sqlalchemy as sa

from mentorsync_pipeline.db.paging import Listing, Order, read_page

pytestmark = pytest.mark.slow

NUMBERS = sa.values(sa.column("key", sa.Integer), sa.column("number", sa.Integer), name="numbers").data(
    [(1, 20), (2, None), (3, 10), (4, 20)]
)


@pytest.mark.parametrize(
    ("default_order", "order", "keys"),
    [
        ((NUMBERS.c.number,), Order(), [3, 1, 4, 2]),
        ((NUMBERS.c.number.nulls_last(),), Order(), [3, 1, 4, 2]),
        ((NUMBERS.c.number.nulls_last(),), Order(descending=True), [4, 1, 3, 2]),
        ((NUMBERS.c.number.desc().nulls_last(),), Order(), [1, 4, 3, 2]),
        ((NUMBERS.c.number.desc().nulls_last(),), Order(descending=True), [3, 4, 1, 2]),
        ((NUMBERS.c.key.desc(),), Order(descending=True), [1, 2, 3, 4]),
        ((), Order(by="number"), [3, 1, 4, 2]),
        ((), Order(by="number", descending=True), [1, 4, 3, 2]),
    ],
)
def test_rows_are_in_the_requested_order_with_empty_values_last(engine: sa.Engine, default_order, order, keys) -> None:
    listing = Listing(sa.select(NUMBERS), default_order, (NUMBERS.c.key,))
    with engine.connect() as conn:
        page = read_page(conn, listing, order=order, limit=10, offset=0)
    assert [row["key"] for row in page.rows] == keys
