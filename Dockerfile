# Runs both commands of the README:
#
#     docker build -t eventbench .
#     docker run --rm -it eventbench                # make baseline, then make test
#
# Debian 12 has Python 3.11, for which constraints.txt is made, and Chromium, which the tests of pages need; libatomic1 is for
# the program with which playwright drives it.
# hadolint ignore=DL3008 (Debian's stable release changes for security only)
FROM docker.io/library/debian:bookworm-slim

RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates chromium git libatomic1 make python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*

# CPU builds of torch, a fraction of the size of those for CUDA. For a GPU: --build-arg PIP_EXTRA_INDEX_URL=
ARG PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu

ENV LANG=C.UTF-8 PIP_NO_CACHE_DIR=1
WORKDIR /eventbench
COPY . .
RUN make .venv/.dev
ENV PATH=/eventbench/.venv/bin:$PATH

CMD ["sh", "-c", "make baseline && make test"]
