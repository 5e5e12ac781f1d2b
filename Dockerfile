# Installed apart, so that what only installing leaves behind stays out of the image that runs.
FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt /
RUN python -m venv /opt/venv \
    && /opt/venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
       --require-hashes --only-binary=:all: -r /requirements.txt

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
       libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core fonts-inter \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin ksefapp \
    && install --directory --owner=ksefapp --group=ksefapp --mode=0700 /data
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    LANG=C.UTF-8 \
    KSEF_DATA_DIR=/data
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .
RUN python -m compileall -q ksefapp auth_ksef offline invoices schemas simulator
USER 10001:10001
EXPOSE 8000
# Static files are not collected: the web process finds and serves them, so that none in a
# volume can be older than the code. Commands and health checks: docker-compose.yml.
CMD ["python", "-m", "gunicorn", "ksefapp.wsgi:application", "--bind", "0.0.0.0:8000", \
     "--workers", "2", "--threads", "4", "--worker-class", "gthread", \
     "--timeout", "90", "--graceful-timeout", "20", "--no-control-socket"]
