# One image for web, realtime, admin, worker, beat, relay and migrations: the command decides.
# docker build -t skillbridge .          How it is run: docker-compose.yml, docker-compose.prod.yml, docs/deployment.md

ARG BASE_IMAGE=python:3.11-slim-bookworm

FROM ${BASE_IMAGE} AS packages
RUN python -m venv /opt/venv
COPY requirements.txt .
# Wheels only: there is no compiler here, and a source package could run anything while it is built.
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes \
        -r requirements.txt \
    && /opt/venv/bin/pip uninstall --yes --quiet pip setuptools

FROM ${BASE_IMAGE}
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin skillbridge \
    && install -d -o skillbridge -g skillbridge /var/lib/skillbridge
COPY --from=packages /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /app
COPY . .
# Collecting needs settings but no secret: those of development have a default for everything. The code stays root's, and
# is compiled now, because at run time nobody may write here.
RUN DJANGO_SETTINGS_MODULE=skillbridge_backend.settings.development python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q .
USER 10001:10001
ENV DJANGO_SETTINGS_MODULE=skillbridge_backend.settings.production LOG_FORMAT=json PYTHONDONTWRITEBYTECODE=1
EXPOSE 8000
STOPSIGNAL SIGTERM
# For web, realtime and admin; the others replace it or switch it off (docker-compose.prod.yml).
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["python", "deploy/healthcheck.py"]
CMD ["gunicorn", "--config", "python:skillbridge_backend.gunicorn", "--bind", "0.0.0.0:8000", "skillbridge_backend.wsgi:application"]
