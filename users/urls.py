"""Routes of the users app, below /api/v1/."""

from django.urls import URLPattern, URLResolver, path

from users.views import accounts

urlpatterns: list[URLPattern | URLResolver] = [
    path("auth/signup/", accounts.SignUpView.as_view(), name="signup"),
    path("auth/confirm-email/", accounts.ConfirmEmailView.as_view(), name="confirm-email"),
    path("auth/resend-confirmation/", accounts.ResendConfirmationView.as_view(), name="resend-confirmation"),
    path("auth/login/", accounts.LoginView.as_view(), name="login"),
    path("auth/refresh/", accounts.RefreshView.as_view(), name="refresh"),
    path("auth/logout/", accounts.LogoutView.as_view(), name="logout"),
]
