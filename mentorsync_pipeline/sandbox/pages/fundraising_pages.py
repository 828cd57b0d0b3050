"""Givebutter's fundraising pages: the members of the year's campaign, and donations to them."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mentorsync_pipeline.sandbox.gb_model import Member
from mentorsync_pipeline.sandbox.pages.page_templates import Slice, go_to, render
from mentorsync_pipeline.sandbox.sandbox import Sandbox

_MOST = 100_000.0


class FundraisingPages:
    """The pages over one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._world, self._dashboard, self._store = sandbox.world, sandbox.dashboard, sandbox.contacts

    def routes(self) -> list[Route]:
        """The routes of these pages."""
        return [
            Route("/dashboard/pages", self.list_pages),
            Route("/c/{member_id:int}", self.show),
            Route("/c/{member_id:int}/donations", self.donate, methods=["POST"]),
        ]

    async def list_pages(self, request: Request) -> Response:
        """The members of the year's campaign, the last changed first; ``?q=`` finds by name, email and phone."""
        query = request.query_params.get("q", "").strip()
        words = query.casefold().split()
        slug = self._world.campaign_slug
        ids = [campaign.id for campaign in self._world.campaigns if campaign.slug == slug]
        with self._store.lock:
            members = [
                member
                for campaign_id in ids
                for member in self._world.members.get(campaign_id, [])
                if all(word in _search_text(member) for word in words)
            ]
            members.sort(key=lambda member: (member.updated_at, member.id), reverse=True)
        return render(request, "pages.html", found=Slice(request, members), query=query, slug=slug)

    async def show(self, request: Request) -> Response:
        """One page, with a form for a donation."""
        return render(request, "page.html", member=self._member(request), error=None)

    async def donate(self, request: Request) -> Response:
        """Record a donation."""
        member = self._member(request)
        async with request.form() as form:
            text = str(form.get("amount", "")).strip().removeprefix("$")
        amount = _read_amount(text)
        if amount is None:
            error = f"Enter an amount from 0.01 to {_MOST:,.0f} dollars, such as 25 or 25.50."
            return render(request, "page.html", status=422, member=member, error=error)
        with self._store.lock:
            self._dashboard.edit_member(member.id, raised=round(member.raised + amount, 2), donors=member.donors + 1)
        return go_to(f"/c/{member.id}", "donated")

    def _member(self, request: Request) -> Member:
        member_id = request.path_params["member_id"]
        for members in self._world.members.values():
            for member in members:
                if member.id == member_id:
                    return member
        raise HTTPException(404, "There is no fundraising page with this number.")


def _search_text(member: Member) -> str:
    return f"{member.id} {member.display_name} {member.email or ''} {member.phone or ''}".casefold()


def _read_amount(text: str) -> float | None:
    whole, _, cents = text.partition(".")
    if not (whole.isascii() and whole.isdecimal() and len(cents) <= 2 and (not cents or cents.isdecimal())):
        return None
    amount = float(text)
    return amount if 0 < amount <= _MOST else None
