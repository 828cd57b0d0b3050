"""The API under /api: one module per subject, all with paging, filters and problem+json errors.

Pages do not belong here; what a route does is in `store`, `archive` and the jobs.
"""

from collections.abc import Sequence

from fastapi import APIRouter

API: Sequence[APIRouter] = ()
