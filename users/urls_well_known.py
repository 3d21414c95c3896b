"""Routes of the users app below /.well-known/ (RFC 8615)."""

from django.urls import path

from users.views.well_known import jwks

urlpatterns = [path("jwks.json", jwks, name="jwks")]
