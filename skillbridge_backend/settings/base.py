"""Settings that every environment shares. What differs is in `development`, `production` and `test`."""

import os
from datetime import timedelta
from typing import Any

from corsheaders.defaults import default_headers

from skillbridge_backend.core.logging import logging_config
from skillbridge_backend.settings.environment import (
    BASE_DIR,
    DEVELOPMENT_SIGNING_KEY,
    Environment,
    page_origins,
    relying_party,
)

# Read once, here; the other settings modules refuse to start with whatever is wrong in `env.problems`.
env = Environment.from_process(is_strict=os.environ.get("DJANGO_SETTINGS_MODULE", "").endswith(".production"))

VERSION = "0.1.0"
DEBUG = False
SECRET_KEY = env.secret(
    "SECRET_KEY", purpose="50 random characters", development="development-only-" * 3, least_length=50
)
ALLOWED_HOSTS = env.listing("ALLOWED_HOSTS", purpose="api.example.org", development="*")
PUBLIC_URL = env.text("PUBLIC_URL", purpose="https://api.example.org", development="http://127.0.0.1:8000").rstrip("/")
WEB_APP_URL = env.text("WEB_APP_URL", purpose="where links in e-mails lead", default=PUBLIC_URL).rstrip("/")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# --- applications ---------------------------------------------------------------------------------------------------

SKILLBRIDGE_SURFACE = env.choice("SKILLBRIDGE_SURFACE", "api", "admin", default="api")
_ADMIN_MIDDLEWARE = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "users.middleware.AdminActorMiddleware",
    "users.middleware.AdminSessionMiddleware",
    "users.admin_proof.AdminProofMiddleware",
)
INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "channels",
    "corsheaders",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "skillbridge_backend.core",
    "users",
    "notifications",
    "roadmaps",
    "progress",
    "badges",
    "matches",
    "forum",
]
MIDDLEWARE = [
    "skillbridge_backend.core.middleware.RequestContextMiddleware",
    "skillbridge_backend.core.middleware.RequestGuardMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "skillbridge_backend.core.middleware.ContentSecurityPolicyMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    *(_ADMIN_MIDDLEWARE if SKILLBRIDGE_SURFACE == "admin" else ()),
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "skillbridge_backend.core.middleware.RetryLostRacesMiddleware",
]
# The API process serves no admin, so it carries no sessions either.
SILENCED_SYSTEM_CHECKS = [] if SKILLBRIDGE_SURFACE == "admin" else ["admin.E408", "admin.E409", "admin.E410"]
ROOT_URLCONF = "skillbridge_backend.urls_admin" if SKILLBRIDGE_SURFACE == "admin" else "skillbridge_backend.urls"
LOGIN_REDIRECT_URL = "/admin/"
WSGI_APPLICATION = "skillbridge_backend.wsgi.application"
ASGI_APPLICATION = "skillbridge_backend.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
# In production files are collected when the image is built, and their compressed copies are what is sent.
WHITENOISE_USE_FINDERS = not env.is_strict
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # What only its owner may fetch, through us: web and workers share it, and no web server serves it.
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": env.text(
                "PRIVATE_FILES_DIR",
                purpose="a directory that web and workers share",
                default=str(BASE_DIR / ".local" / "private"),
            ),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
WEBHOOK_MAX_BODY_BYTES = 25 * 1024 * 1024
PICTURE_MAX_BYTES = 5 * 1024 * 1024
# Path → the field that the file comes in, and how large the body may be: the file and what multipart puts around it.
UPLOADS = {
    "/api/v1/users/me/picture/": ("picture", PICTURE_MAX_BYTES + 64 * 1024),
    "/api/v1/roadmaps/import/": ("", 2 * 1024 * 1024),
}
DATA_UPLOAD_MAX_NUMBER_FILES = 1
UNFOLD = {
    "SITE_TITLE": "SkillBridge",
    "SITE_HEADER": "SkillBridge",
    "SHOW_HISTORY": True,
    "LOGIN": {"form": "users.admin_login.SecondFactorLoginForm"},
    # In the place of Django's link to a page that changes passwords, which is not there (urls_admin).
    "ACCOUNT": {"navigation": [{"title": "Password and factors, in the application", "link": WEB_APP_URL}]},
}

# --- data -----------------------------------------------------------------------------------------------------------

_owner = env.text("DATABASE_SET_ROLE", purpose="the role that owns the tables, for migrations only", default="")
_database = env.database("DATABASE_URL", development="postgresql://postgres@127.0.0.1:5432/skillbridge")
_database["OPTIONS"] = {
    "connect_timeout": 5,
    "application_name": "skillbridge",
    **_database["OPTIONS"],
    # A start-up parameter, so only for connections that do not pass through PgBouncer: migrations never do.
    **({"options": f"-c role={_owner}"} if _owner else {}),
}
DATABASES = {
    "default": {
        **_database,
        "ATOMIC_REQUESTS": True,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # PgBouncer in transaction mode hands the next statement to another server connection.
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}

# A migration that cannot have a lock within this gives up (core/migrating.py).
MIGRATION_LOCK_TIMEOUT_SECONDS = env.number("MIGRATION_LOCK_TIMEOUT_SECONDS", default=5, least=0.1)

REDIS_URL = env.redis("REDIS_URL", purpose="redis://host:6379/0", development="redis://127.0.0.1:6379/0")
CACHE_URL = env.redis("CACHE_URL", purpose="a Redis that may evict", default=REDIS_URL)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "cache",
        # What is kept here can be had anew: nobody waits for it.
        "OPTIONS": {"socket_timeout": 0.1, "socket_connect_timeout": 0.1},
    }
}
CELERY_BROKER_URL = REDIS_URL
# REMAP_SIGTERM=SIGQUIT, in each worker's environment, makes SIGTERM the soft shutdown: what runs has this long, then it
# is handed over again. All of it is slept through when anything runs; an idle worker ends at once.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = env.number("WORKER_SOFT_SHUTDOWN_SECONDS", default=20)
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "realtime"},
    }
}

# --- the API --------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["users.authentication.AccessTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["skillbridge_backend.core.permissions.Undeclared"],
    "DEFAULT_THROTTLE_CLASSES": ["users.limits.GeneralLimits"],
    "DEFAULT_RENDERER_CLASSES": ["skillbridge_backend.core.rendering.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["skillbridge_backend.core.rendering.OrjsonParser"],
    "DEFAULT_PAGINATION_CLASS": "skillbridge_backend.core.pagination.CursorPages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "skillbridge_backend.core.schema.OperationSchema",
    "EXCEPTION_HANDLER": "users.refusals.counted_problem",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "URL_FORMAT_OVERRIDE": None,  # what a client accepts stands in Accept
}
SPECTACULAR_SETTINGS = {
    "TITLE": "SkillBridge API",
    "DESCRIPTION": "Roadmaps, mentors, evidence of work, badges, notifications and a forum for people who learn.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SORT_OPERATIONS": True,
    "ENUM_NAME_OVERRIDES": {
        "DeliveryReasonEnum": "notifications.enums.Reason",
        "NotificationKindEnum": "notifications.enums.Kind",
        "ReportReasonEnum": "forum.enums.ReportReason",
        "SanctionKindEnum": "forum.enums.SanctionKind",
        "RoadmapStatusEnum": "roadmaps.enums.RoadmapStatus",
        "RoadmapVersionReasonEnum": "roadmaps.enums.VersionReason",
        "ModuleChangeKindEnum": "roadmaps.enums.ChangeKind",
        "MergeSideEnum": "roadmaps.enums.Side",
        "ModuleStatusEnum": "roadmaps.enums.ModuleStatus",
        "GenerationStatusEnum": "roadmaps.enums.GenerationStatus",
        "ProgressLogKindEnum": "progress.enums.LogKind",
        "WebhookDeliveryStatusEnum": "progress.enums.DeliveryStatus",
        "MatchStatusEnum": "matches.enums.MatchStatus",
        "MatchRoundStatusEnum": "matches.enums.RoundStatus",
        "SessionStatusEnum": "matches.enums.SessionStatus",
        "BlockKindEnum": "matches.enums.BlockKind",
        "SkillSourceEnum": "users.enums.SkillSource",
        "ResourceKindEnum": "roadmaps.enums.ResourceKind",
        "ResourceReportReasonEnum": "roadmaps.enums.ResourceReportReason",
        "ResourceReportStateEnum": "roadmaps.enums.ResourceReportState",
        "ReportStateEnum": "forum.enums.ReportState",
        "RoadmapVisibilityEnum": "roadmaps.enums.Visibility",
        "ProfileVisibilityEnum": "users.enums.Visibility",
        "ContactKindEnum": "users.enums.ContactKind",
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums"],
}
CORS_ALLOWED_ORIGINS = env.listing("CORS_ALLOWED_ORIGINS", purpose="https://app.example.org", default="")
CORS_ALLOW_CREDENTIALS = True  # the cookie of refresh tokens (users/refresh_cookie.py); for the listed origins only
# Beside those that every page may send: what the API reads (core/etags.py, core/idempotency.py, core/context.py).
CORS_ALLOW_HEADERS = [*default_headers, "idempotency-key", "if-match", "x-request-id"]
CSRF_TRUSTED_ORIGINS = CORS_ALLOWED_ORIGINS if SKILLBRIDGE_SURFACE == "api" else []
CORS_EXPOSE_HEADERS = [
    "ETag",
    "Location",
    "Retry-After",
    "X-Request-ID",
    "Idempotency-Replay",
    "RateLimit",
    "RateLimit-Policy",
]
# For each person, and each address that nobody is logged in from; 0 switches the limit off (users/limits.py).
READS_PER_MINUTE = int(env.number("READS_PER_MINUTE", default=600))
WRITES_PER_MINUTE = int(env.number("WRITES_PER_MINUTE", default=120))
METRICS_TOKEN = env.secret("METRICS_TOKEN", purpose="bearer token of /metrics", development="development")
WEB_READINESS_OUTBOX_SECONDS = env.number("WEB_READINESS_OUTBOX_SECONDS", default=900)

# --- how long what only grows is kept (docs/operations.md) -----------------------------------------------------------

RETENTION_OUTBOX_DAYS = env.number("RETENTION_OUTBOX_DAYS", default=14, least=1)
RETENTION_DELIVERY_DAYS = env.number("RETENTION_DELIVERY_DAYS", default=180, least=1)
RETENTION_WEBHOOK_PAYLOAD_DAYS = env.number("RETENTION_WEBHOOK_PAYLOAD_DAYS", default=90, least=1)

# --- accounts -------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "users.password_length.PasswordLengthValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "display_name", "handle")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "users.guessable_passwords.GuessablePasswordValidator",
        "OPTIONS": {"names": [UNFOLD["SITE_TITLE"]]},
    },
]
TRUSTED_PROXIES = int(env.number("TRUSTED_PROXIES", default=0))  # how many of ours append to X-Forwarded-For
EMAIL_CONFIRMATION_LIFETIME = timedelta(days=3)
EMAIL_CHANGE_LIFETIME = timedelta(days=1)  # for the new address to confirm
EMAIL_CHANGE_UNDO = timedelta(days=7)  # for the old one to take it back
SECOND_FACTOR_UNDO = timedelta(days=7)  # for the mailbox to say that a first factor is not the owner's
DELETION_GRACE = timedelta(days=14)  # to change one's mind
EXPORT_LIFETIME = timedelta(days=env.number("EXPORT_LIFETIME_DAYS", default=7, least=1))
PRUNE_UNVERIFIED_DAYS = env.number("PRUNE_UNVERIFIED_DAYS", default=0)  # 0: only by hand
PASSWORD_RESET_TIMEOUT = 3600
JWT_SIGNING_KEYS = env.signing_keys("JWT_SIGNING_KEYS", development=DEVELOPMENT_SIGNING_KEY)
SIMPLE_JWT = {
    # Keys and algorithm are in users/tokens.py; simplejwt's own refuse to sign anything.
    "ALGORITHM": "ES256",
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=5),
    "ISSUER": "skillbridge",
    "AUDIENCE": "skillbridge-api",
    "USER_ID_CLAIM": "sub",
}
REFRESH_TOKEN_IDLE = timedelta(days=7)
REFRESH_TOKEN_ABSOLUTE = timedelta(days=30)
CHALLENGE_LIFETIME = timedelta(minutes=5)
LOGIN_CODE_LIFETIME = timedelta(minutes=10)
STEP_UP_LIFETIME = timedelta(minutes=10)
ADMIN_SESSION_LIFETIME = timedelta(hours=8)
PROVIDER_VISIT_LIFETIME = timedelta(minutes=10)  # to come back from a login provider
WEBAUTHN_RP_ID = env.text(
    "WEBAUTHN_RP_ID", purpose="example.org: the site that passkeys are for", default=relying_party(WEB_APP_URL)
)
WEBAUTHN_ORIGINS = env.listing(
    "WEBAUTHN_ORIGINS",
    purpose="https://app.example.org: pages that passkeys are used on",
    default=",".join([*page_origins(WEB_APP_URL, PUBLIC_URL), *CORS_ALLOWED_ORIGINS]),
)
FIELD_ENCRYPTION_KEYS = env.encryption_keys(
    "FIELD_ENCRYPTION_KEYS", development="ZGV2ZWxvcG1lbnQtb25seS1mZXJuZXQta2V5LTAxMjM="
)
# HMAC keys of personal tokens, newest first; Fernet keys are 32 random bytes as well
PERSONAL_TOKEN_KEYS = env.encryption_keys(
    "PERSONAL_TOKEN_KEYS", development="ZGV2ZWxvcG1lbnQtb25seS10b2tlbi1rZXktMDEyMzQ="
)

# --- far sides ------------------------------------------------------------------------------------------------------

MATCHER_URL = env.text("MATCHER_URL", purpose="http://matcher:8090", default="http://127.0.0.1:8090")
MATCHER_TOKEN = env.secret("MATCHER_TOKEN", purpose="shared secret of the matcher", development="")
MATCHER_TIMEOUT_SECONDS = env.number("MATCHER_TIMEOUT_SECONDS", default=2.0)
# Of a round's job, 5 to 90, where whoever starts it names none.
MATCH_ROUND_DEADLINE_SECONDS = int(env.number("MATCH_ROUND_DEADLINE_SECONDS", default=80, least=5))
OPENAI_API_KEY = env.text("OPENAI_API_KEY", purpose="", default="")
OPENAI_BASE_URL = env.text("OPENAI_BASE_URL", purpose="", default="https://api.openai.com/v1")
OPENAI_MODEL = env.text("OPENAI_MODEL", purpose="", default="gpt-4o-mini")
OPENAI_TIMEOUT_SECONDS = env.number("OPENAI_TIMEOUT_SECONDS", default=60)  # for all that one job asks
OPENAI_PRICES = env.prices("OPENAI_PRICES", default="gpt-4o-mini=0.15/0.60")  # dollars per million tokens, in/out
if OPENAI_API_KEY and OPENAI_MODEL not in OPENAI_PRICES:
    env.problems.append(f"OPENAI_PRICES has no price of {OPENAI_MODEL}: write {OPENAI_MODEL}=in/out, 0/0 if it is free")
MODEL_DOLLARS_PER_DAY = env.number("MODEL_DOLLARS_PER_DAY", default=5)  # of all people together
MODEL_ROADMAPS_PER_DAY = int(env.number("MODEL_ROADMAPS_PER_DAY", default=10))  # of one person
MODEL_MODULES_PER_DAY = int(env.number("MODEL_MODULES_PER_DAY", default=40))  # of one person, single ones
MODEL_ANSWERS_KEPT = timedelta(days=env.number("MODEL_ANSWERS_KEPT_DAYS", default=30))
LINK_CHECKS = env.flag("LINK_CHECKS", default=True)  # docs/resources.md
LINK_CHECK_ALLOWS_LOOPBACK = env.flag("LINK_CHECK_ALLOWS_LOOPBACK", default=False)  # for tests: it opens this machine
if LINK_CHECK_ALLOWS_LOOPBACK and env.is_strict:
    env.problems.append("LINK_CHECK_ALLOWS_LOOPBACK is unsafe: whoever adds a link could ask this machine itself")
YOUTUBE_API_KEY = env.text("YOUTUBE_API_KEY", purpose="", default="")
YOUTUBE_BASE_URL = env.text("YOUTUBE_BASE_URL", purpose="", default="https://youtube.googleapis.com/")
YOUTUBE_UNITS_PER_DAY = int(env.number("YOUTUBE_UNITS_PER_DAY", default=10_000))  # by days of California
GITHUB_API_URL = env.text("GITHUB_API_URL", purpose="", default="https://api.github.com")
LOGIN_PROVIDERS = env.login_providers(
    "LOGIN_PROVIDERS",
    github={
        "client_id": env.text("GITHUB_LOGIN_CLIENT_ID", purpose="", default=""),
        "client_secret": env.text("GITHUB_LOGIN_CLIENT_SECRET", purpose="", default=""),
        "web_url": env.text("GITHUB_LOGIN_URL", purpose="", default="https://github.com"),
        "api_url": GITHUB_API_URL,
    },
)
LOGIN_PROVIDER_TIMEOUT_SECONDS = env.number("LOGIN_PROVIDER_TIMEOUT_SECONDS", default=10, least=0.1)
LOGIN_RETURN_ORIGINS = env.listing(
    "LOGIN_RETURN_ORIGINS",
    purpose="https://app.example.org: pages that a login at a provider may lead back to",
    default=",".join([*page_origins(WEB_APP_URL), *CORS_ALLOWED_ORIGINS]),
)
LOGIN_APP_REDIRECTS = env.listing(
    "LOGIN_APP_REDIRECTS", purpose="org.example.app:/login: where providers send apps back to", default=""
)
GEOIP_DATABASE = env.file("GEOIP_DATABASE", purpose="a MaxMind database of places, such as GeoLite2-City.mmdb")
SENTRY_DSN = env.text("SENTRY_DSN", purpose="", default="")

# --- e-mail ---------------------------------------------------------------------------------------------------------

_smtp = env.smtp("EMAIL_URL", development="smtp://127.0.0.1:1025")
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = _smtp["host"]
EMAIL_PORT = _smtp["port"]
EMAIL_HOST_USER = _smtp["username"]
EMAIL_HOST_PASSWORD = _smtp["password"]
EMAIL_USE_TLS = _smtp["use_tls"]
EMAIL_USE_SSL = _smtp["use_ssl"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text(
    "DEFAULT_FROM_EMAIL",
    purpose="SkillBridge <hello@example.org>",
    development="SkillBridge <hello@skillbridge.test>",
)

# --- security -------------------------------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_AGE = 60 * 60  # of the admin's: so long without a request
SESSION_SAVE_EVERY_REQUEST = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True

# --- logs -----------------------------------------------------------------------------------------------------------

LOGGING_CONFIG = None
LOGGING: dict[str, Any] = logging_config(
    log_format=env.choice("LOG_FORMAT", "console", "json", default="json" if env.is_strict else "console"),
    level=env.choice("LOG_LEVEL", "DEBUG", "INFO", "WARNING", "ERROR", default="INFO"),
    directory=env.text("LOG_DIR", purpose="a writable directory", default="") or None,
    process=env.text("PROCESS_NAME", purpose="the process's name in logs", default="skillbridge"),
)
