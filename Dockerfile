# Two stages: the first installs and collects, the second carries only what runs.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PATH=/venv/bin:$PATH
WORKDIR /app
RUN python -m venv /venv
COPY requirements.lock .
RUN pip install --require-hashes --only-binary :all: -r requirements.lock
COPY . .
RUN python manage.py collectstatic --noinput && python -m compileall -q .

FROM python:3.11-slim
RUN groupadd --system --gid 10001 app \
    && useradd --system --uid 10001 --gid app --no-create-home --home-dir /nonexistent app \
    && install --directory --owner app --group app --mode 0700 /run/metrics
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
# Production refuses to start without a SECRET_KEY, which is given when it runs, never here.
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ENVIRONMENT=production \
    HOST=0.0.0.0 \
    PORT=3000
USER 10001:10001
EXPOSE 3000
STOPSIGNAL SIGTERM
# /health and not /ready: a database that is away must not have a healthy process killed.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/health', timeout=2)"]
CMD ["gunicorn", "-c", "config/gunicorn.conf.py"]
