"""Properties of frozen records that are computed once for each record."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

Record = TypeVar("Record")
Value = TypeVar("Value")


def computed_once(compute: Callable[[Record], Value]) -> Callable[[Record], Value]:
    """Compute a property, of fields that never change, when it is first read. Apply it below `@property`.

    The record keeps the value in a slot of the same name with an underscore, which a base class declares. Such a slot
    is no field: it is not compared, copied by `replace` or stored.
    """
    slot = f"_{compute.__name__}"

    @wraps(compute)
    def read(record: Record) -> Value:
        try:
            value: Value = getattr(record, slot)
        except AttributeError:
            value = compute(record)
            object.__setattr__(record, slot, value)
        return value

    return read
