"""Pages of Givebutter's import: upload a file, its result, and the file of rejected rows."""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mentorsync_pipeline.sandbox.csv_import import FinishedImport, ImportRefusedError
from mentorsync_pipeline.sandbox.pages.page_templates import render
from mentorsync_pipeline.sandbox.sandbox import Sandbox

_LIST = "/dashboard/imports"
_MAX_BYTES = 100 * 1024 * 1024


class ImportPages:
    """The pages over one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._dashboard = sandbox.dashboard

    def routes(self) -> list[Route]:
        """The routes of these pages."""
        return [
            Route(_LIST, self.list_imports, methods=["GET"]),
            Route(_LIST, self.upload, methods=["POST"]),
            Route(f"{_LIST}/{{number:int}}", self.show),
            Route(f"{_LIST}/{{number:int}}/rejected", self.rejected_rows),
        ]

    async def list_imports(self, request: Request) -> Response:
        """The form, and earlier imports."""
        return self._page(request)

    async def upload(self, request: Request) -> Response:
        """Import a file and show the result; a file that is refused as a whole is explained."""
        async with request.form() as form:
            file = form.get("file")
            if not isinstance(file, UploadFile) or not file.filename:
                return self._page(request, error="Choose a file first.")
            content, name = await file.read(_MAX_BYTES + 1), file.filename
        if len(content) > _MAX_BYTES:
            return self._page(request, error="The file has more than 100 MB.")
        try:
            await run_in_threadpool(self._dashboard.import_csv, content, name)
        except ImportRefusedError as error:
            return self._page(request, error=str(error))
        return RedirectResponse(f"{_LIST}/{len(self._dashboard.imports)}", 303)

    async def show(self, request: Request) -> Response:
        """The result of one import."""
        return render(request, "import.html", finished=self._find(request))

    async def rejected_rows(self, request: Request) -> Response:
        """Download the rejected rows of an import."""
        result = self._find(request).result
        if result.failed_csv is None:
            raise HTTPException(404, "No row of this import was rejected.")
        headers = {"content-disposition": f'attachment; filename="{result.failed_name}"'}
        return Response(result.failed_csv, media_type="text/csv", headers=headers)

    def _page(self, request: Request, *, error: str | None = None) -> Response:
        imports = self._dashboard.imports[::-1]
        return render(request, "imports.html", status=422 if error else 200, imports=imports, error=error)

    def _find(self, request: Request) -> FinishedImport:
        number: int = request.path_params["number"]
        if not 1 <= number <= len(self._dashboard.imports):
            raise HTTPException(404, "There is no import with this number.")
        return self._dashboard.imports[number - 1]
