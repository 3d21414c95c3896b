"""The WSGI entry point: REST, docs and webhooks, or Django admin when SKILLBRIDGE_SURFACE is `admin`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skillbridge_backend.settings.production")

application = get_wsgi_application()
