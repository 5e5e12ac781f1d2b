"""All addresses of the API; each room lists its own endpoints."""

urlpatterns = []
