"""Routes of the users app, below /api/v1/."""

from django.urls import URLPattern, URLResolver, path, re_path
from rest_framework.routers import SimpleRouter

from users.views import (
    accounts,
    email_changes,
    factor_links,
    leaving,
    login_codes,
    login_providers,
    passwords,
    personal_tokens,
    second_factors,
)
from users.views.catalogue import SkillViewSet, TrackViewSet
from users.views.exports import DataExportViewSet
from users.views.pictures import OwnPictureViewSet, PictureFileViewSet
from users.views.profiles import MentorViewSet, MeViewSet
from users.views.public_profiles import PublicProfileViewSet
from users.views.sessions import AccountEventViewSet, LoginSessionViewSet

router = SimpleRouter()
router.register("skills", SkillViewSet, basename="skill")
router.register("tracks", TrackViewSet, basename="track")
router.register("mentors", MentorViewSet, basename="mentor")

urlpatterns: list[URLPattern | URLResolver] = [
    path("auth/signup/", accounts.SignUpView.as_view(), name="signup"),
    path("auth/confirm-email/", accounts.ConfirmEmailView.as_view(), name="confirm-email"),
    path("auth/resend-confirmation/", accounts.ResendConfirmationView.as_view(), name="resend-confirmation"),
    path("auth/login/", accounts.LoginView.as_view(), name="login"),
    path("auth/login/code/", login_codes.AskForLoginCodeView.as_view(), name="login-code"),
    path("auth/login/code/confirm/", login_codes.LoginCodeView.as_view(), name="login-code-confirm"),
    path("auth/login/second-factor/", second_factors.FinishLoginView.as_view(), name="login-second-factor"),
    path("auth/login/passkey/", second_factors.AskForPasskeyView.as_view(), name="login-passkey"),
    path("auth/login/passkey/confirm/", second_factors.PasskeyLoginView.as_view(), name="login-passkey-confirm"),
    path("auth/providers/", login_providers.LoginProvidersView.as_view(), name="login-providers"),
    path("auth/providers/finish/", login_providers.FinishVisitView.as_view(), name="provider-finish"),
    path("auth/providers/<slug:provider>/start/", login_providers.StartVisitView.as_view(), name="provider-start"),
    path(
        "auth/providers/<slug:provider>/callback/",
        login_providers.ReturnFromVisitView.as_view(),
        name="provider-callback",
    ),
    path("auth/providers/<slug:provider>/code/", login_providers.ProviderCodeView.as_view(), name="provider-code"),
    path("auth/links/", login_providers.SocialLinksView.as_view(), name="social-links"),
    path("auth/links/<uuid:pk>/", login_providers.SocialLinkView.as_view(), name="social-link"),
    path("auth/links/<slug:provider>/code/", login_providers.SocialLinkCodeView.as_view(), name="social-link-code"),
    path("auth/step-up/", second_factors.StepUpView.as_view(), name="step-up"),
    path("auth/step-up/confirm/", second_factors.ConfirmStepUpView.as_view(), name="step-up-confirm"),
    path("auth/factors/", second_factors.FactorsView.as_view(), name="factors"),
    path("auth/factors/disown/", factor_links.DisownFactorsView.as_view(), name="factors-disown"),
    path("auth/factors/app/", second_factors.AuthenticatorAppView.as_view(), name="authenticator-app"),
    path(
        "auth/factors/app/confirm/",
        second_factors.ConfirmAuthenticatorAppView.as_view(),
        name="authenticator-app-confirm",
    ),
    path("auth/factors/passkeys/", second_factors.PasskeysView.as_view(), name="passkeys"),
    path("auth/factors/passkeys/confirm/", second_factors.AddPasskeyView.as_view(), name="passkey-add"),
    path("auth/factors/passkeys/<uuid:pk>/", second_factors.PasskeyView.as_view(), name="passkey"),
    path("auth/factors/recovery-codes/", second_factors.RecoveryCodesView.as_view(), name="recovery-codes"),
    path("auth/refresh/", accounts.RefreshView.as_view(), name="refresh"),
    path("auth/csrf/", accounts.CsrfTokenView.as_view(), name="csrf"),
    path("auth/logout/", accounts.LogoutView.as_view(), name="logout"),
    path("auth/password/reset/", passwords.AskForResetView.as_view(), name="password-reset"),
    path("auth/password/reset/confirm/", passwords.ResetView.as_view(), name="password-reset-confirm"),
    path("auth/password/change/", passwords.ChangeView.as_view(), name="password-change"),
    path(
        "auth/sessions/",
        LoginSessionViewSet.as_view({"get": "list", "delete": "destroy_all"}),
        name="login-sessions",
    ),
    path("auth/sessions/<uuid:pk>/", LoginSessionViewSet.as_view({"delete": "destroy"}), name="login-session"),
    path("auth/tokens/", personal_tokens.PersonalTokensView.as_view(), name="personal-tokens"),
    path("auth/tokens/<uuid:pk>/", personal_tokens.PersonalTokenView.as_view(), name="personal-token"),
    path("auth/email/", email_changes.EmailChangeView.as_view(), name="email-change"),
    path("auth/email/confirm/", email_changes.ConfirmNewEmailView.as_view(), name="email-confirm"),
    path("auth/email/stop/", email_changes.StopEmailChangeView.as_view(), name="email-stop"),
    path("auth/events/", AccountEventViewSet.as_view({"get": "list"}), name="account-events"),
    path("auth/keep-account/", leaving.KeepAccountView.as_view(), name="keep-account"),
    path(
        "users/me/",
        MeViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="me",
    ),
    path("users/me/export/", DataExportViewSet.as_view({"get": "list", "post": "create"}), name="me-exports"),
    path("users/me/export/<uuid:pk>/", DataExportViewSet.as_view({"get": "retrieve"}), name="me-export"),
    path("users/me/export/<uuid:pk>/file/", DataExportViewSet.as_view({"get": "file"}), name="me-export-file"),
    path(
        "users/me/picture/",
        OwnPictureViewSet.as_view({"put": "update", "delete": "destroy"}),
        name="me-picture",
    ),
    re_path(
        r"^pictures/(?P<name>[A-Za-z0-9_-]{43})/(?P<which>large|small)/$",
        PictureFileViewSet.as_view({"get": "retrieve"}),
        name="picture-file",
    ),
    path("users/me/keep/", MeViewSet.as_view({"post": "keep"}), name="me-keep"),
    # After `me`, which nobody can have for a handle: those have three characters or more.
    path("users/<slug:handle>/", PublicProfileViewSet.as_view({"get": "retrieve"}), name="public-profile"),
    *router.urls,
]
