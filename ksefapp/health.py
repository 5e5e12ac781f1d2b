"""Whether this process serves and its database answers."""

from django.db import connection
from django.http import JsonResponse


def health(request):
    """GET /health/: 200 with the database's answer; used by the supervisor and by compose."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})
