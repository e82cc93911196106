# naskh in a container: docs/install.md has the commands.
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN python -m venv /opt/naskh \
    && /opt/naskh/bin/pip install --no-cache-dir --disable-pip-version-check '.[serve,report]'

FROM python:3.11-slim
COPY --from=build /opt/naskh /opt/naskh
# Kernels are compiled into the image. On a processor of another kind they are compiled once more, by whichever user the
# container runs as (--user): hence a folder that all may write to.
ENV PATH=/opt/naskh/bin:$PATH NUMBA_CACHE_DIR=/var/cache/naskh
RUN useradd --uid 1000 --create-home naskh \
    && install -d -m 1777 /var/cache/naskh /data
USER 1000
RUN python -m naskh.sketch.warm && chmod -R a+rwX /var/cache/naskh/*
WORKDIR /data
# `naskh serve` listens on 127.0.0.1 unless --host says otherwise, which in a container is the container alone.
EXPOSE 8750
ENTRYPOINT ["naskh"]
CMD ["--help"]
