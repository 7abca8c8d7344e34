# The page, then the binary, then the binary alone.
FROM node:24-alpine AS page
WORKDIR /src/cmd/manifold/internal/console/web
COPY cmd/manifold/internal/console/web/package.json cmd/manifold/internal/console/web/package-lock.json cmd/manifold/internal/console/web/.npmrc ./
RUN npm ci
COPY cmd/manifold/internal/console/web/ ./
RUN npm run build

FROM golang:1.26-alpine AS binary
RUN apk add --no-cache ca-certificates
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=page /src/cmd/manifold/internal/console/built/ cmd/manifold/internal/console/built/
ARG VERSION=devel
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /manifold ./cmd/manifold
RUN mkdir /store

FROM scratch
COPY --from=binary /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=binary /manifold /manifold
# Where store.path may be, such as /var/lib/manifold/manifold.db: mount a volume there, or the store goes with the container.
COPY --from=binary --chown=65532:65532 /store /var/lib/manifold
USER 65532:65532
EXPOSE 4000
ENTRYPOINT ["/manifold"]
# A container is reached from outside itself: the configuration must name an API key and the hosts.
CMD ["serve", "--config", "/etc/manifold/manifold.yaml", "--listen", "0.0.0.0:4000"]
