"""Pages of the outage journal and of the modes of one company."""

urlpatterns = []
