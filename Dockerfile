# Footpath's API. Neo4j is a service of its own: see docker-compose.yml.
FROM python:3.13.9-slim-trixie AS build
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /opt/footpath \
 && /opt/footpath/bin/python -m pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY graphdb graphdb
COPY recommender recommender
COPY migrations migrations
COPY data data
RUN /opt/footpath/bin/python -m pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13.9-slim-trixie
COPY --from=build /opt/footpath /opt/footpath
COPY --chmod=755 docker/entrypoint.sh /usr/local/bin/footpath-entrypoint
# The root file system may be read-only: what is written goes to /tmp.
ENV PATH=/opt/footpath/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    NUMBA_CACHE_DIR=/tmp/numba
USER 1000:1000
EXPOSE 8000
STOPSIGNAL SIGTERM
# Healthy: the API answers and its database answers a query. Whether a model is there as well is
# what /v1/health/ready says; without one a container is healthy but not ready.
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=4 \
  CMD ["python", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1:8000', timeout=8); c.request('GET', '/v1/models'); assert c.getresponse().status in (200, 401)"]
ENTRYPOINT ["footpath-entrypoint"]
# In a container every address is reachable; docker-compose.yml publishes the port to this machine
# alone. Once there is a key (footpath keys create) it is asked for all the same.
CMD ["serve", "--host", "0.0.0.0", "--port", "8000", "--without-keys"]
