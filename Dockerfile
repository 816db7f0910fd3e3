# One image for api, worker, control, beat and migrate; docker-compose.yml says which is which.

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/workpool
WORKDIR /source
COPY requirements.lock ./
RUN /opt/workpool/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml LICENSE ./
COPY matcher ./matcher
COPY workers ./workers
COPY api ./api
RUN /opt/workpool/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
# A number, so that an orchestrator can see that it is not root.
RUN useradd --uid 10001 --user-group --create-home workpool
COPY --from=build /opt/workpool /opt/workpool
ENV PATH=/opt/workpool/bin:$PATH PYTHONUNBUFFERED=1
USER 10001:10001
# Also where loops compiled for this machine are kept.
WORKDIR /home/workpool
EXPOSE 8000
ENTRYPOINT ["workpool"]
CMD ["--help"]
