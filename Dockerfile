# The image holds one static program, the certificates of Mozilla and nothing else: no shell, no
# package manager, no C library. It runs as user 65532, needs no writable root and no capability.
#
#   docker build -t digiwijzer .
#   docker buildx build --platform linux/amd64,linux/arm64 -t digiwijzer .
#
# Where no image can be pulled, deploy/image.sh makes the same one from a program that was built on
# the machine itself.

# The version is that of "toolchain" in go.mod; a test compares them.
ARG GO_VERSION=1.26.10

FROM --platform=$BUILDPLATFORM docker.io/library/golang:${GO_VERSION}-bookworm AS build
ARG TARGETARCH
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates \
    $(case "$(go env GOHOSTARCH)-$TARGETARCH" in \
        amd64-arm64) echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross ;; \
        arm64-amd64) echo gcc-x86-64-linux-gnu libc6-dev-amd64-cross ;; \
      esac) && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN git config --global --add safe.directory /src && bash deploy/rootfs.sh /rootfs "$TARGETARCH"

FROM scratch
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Digiwijzer" \
      org.opencontainers.image.description="A check for small businesses in Regio Utrecht: how ready for digitalisation, and which help fits" \
      org.opencontainers.image.licenses="EUPL-1.2" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build --chown=0:0 /rootfs/etc /etc
COPY --from=build --chown=0:0 /rootfs/tmp /tmp
COPY --from=build --chown=0:0 /rootfs/digiwijzer /digiwijzer
COPY --from=build --chown=65532:65532 /rootfs/data /data
COPY --from=build --chown=65532:65532 /rootfs/key /key
COPY --from=build --chown=65532:65532 /rootfs/backup /backup
USER 65532:65532
# A folder in the volume: a volume owned by another user cannot be closed to other users.
ENV DIGIWIJZER_DATA=/data/digiwijzer \
    DIGIWIJZER_KEY_FILE=/key/digiwijzer.key \
    DIGIWIJZER_LISTEN=:8080
WORKDIR /backup
VOLUME ["/data", "/key", "/backup"]
EXPOSE 8080
STOPSIGNAL SIGTERM
# /livez of the program that serves: only a restart helps when it fails.
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 CMD ["/digiwijzer", "doctor", "--live"]
ENTRYPOINT ["/digiwijzer"]
CMD ["serve"]
