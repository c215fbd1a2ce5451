# labeler in a container, for a user without rights (docs/container.md):
#   docker build -t labeler .
#   docker run --rm --init -v "$PWD:/work" -v labeler-home:/home/labeler/.labeler labeler label film.mp4 --involvement generated

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/labeler
COPY requirements.txt /source/
RUN /opt/labeler/bin/pip install --only-binary :all: --require-hashes -r /source/requirements.txt
COPY . /source/
RUN /opt/labeler/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels /source \
    && /opt/labeler/bin/pip install --no-deps --no-index /wheels/*.whl

FROM python:3.11-slim
RUN useradd --uid 10001 --create-home labeler \
    && mkdir /work /home/labeler/.labeler && chown labeler /work /home/labeler/.labeler
COPY --from=build /opt/labeler /opt/labeler
COPY LICENSE NOTICE /usr/share/doc/labeler/
ENV PATH=/opt/labeler/bin:$PATH LABELER_HOME=/home/labeler/.labeler PYTHONUNBUFFERED=1
USER labeler
WORKDIR /work
# Every codec, font and preset that labeler promises, tried where it will run: an image that lacks one is not made.
RUN ["labeler", "doctor"]
ENTRYPOINT ["labeler"]
CMD ["--help"]
