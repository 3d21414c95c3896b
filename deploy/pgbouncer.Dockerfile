# PgBouncer as Debian packages it, without root.
# docker build -t skillbridge-pgbouncer -f deploy/pgbouncer.Dockerfile deploy

ARG BASE_IMAGE=debian:trixie-slim
FROM ${BASE_IMAGE}
RUN apt-get update && apt-get install -y --no-install-recommends pgbouncer postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin skillbridge \
    && install -d -o skillbridge -g skillbridge -m 700 /run/pgbouncer
COPY pgbouncer.ini /etc/pgbouncer/pgbouncer.ini
COPY pgbouncer-start /usr/local/bin/pgbouncer-start
USER 10001:10001
EXPOSE 6432
# SIGINT ends it when the transactions in hand are done.
STOPSIGNAL SIGINT
HEALTHCHECK --interval=10s --timeout=5s --start-period=2s --retries=3 \
    CMD ["pg_isready", "--host", "127.0.0.1", "--port", "6432", "--dbname", "skillbridge", "--username", "sb_web"]
CMD ["pgbouncer-start"]
