# The image of the service, the relay and all commands. The command of a container names the
# program: docker-compose.yml and schema/operating/kubernetes show each of them.
#
# The same commit gives the same files, because everything from outside is pinned:
# - Node by its minor version, the one that `npm run test:nodes` tests. A build with --pull brings
#   its patches. To pin the base image itself, append its digest: node:26.10-slim@sha256:…
# - Every npm package by its checksum in package-lock.json, which `npm ci` follows.
# The build installs no system packages and writes no dates.
ARG NODE_VERSION=26.10

FROM node:${NODE_VERSION}-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY src/store/patches src/store/patches
COPY schema/ingest-client/package.json schema/ingest-client/
RUN npm ci
COPY tsconfig.json ./
COPY src src
COPY schema/ingest-client schema/ingest-client
# Node would read the source maps only with --enable-source-maps.
RUN npm run build && find dist -name '*.map' -delete

FROM node:${NODE_VERSION}-slim
WORKDIR /app
# Without a key for tokens (AUTH_*) the service refuses to listen on 0.0.0.0.
ENV NODE_ENV=production HOST=0.0.0.0 RELAY_HOST=0.0.0.0 DATA_DIR=/data SPOOL_DIR=/spool
RUN install -d -o node -g node /data /spool
COPY LICENSE package.json ./
# The bundles in dist contain all packages but two (`external` in src/build.js). GraphiQL's page
# sends a file of the third.
COPY --from=build /app/node_modules/@electric-sql/pglite node_modules/@electric-sql/pglite
COPY --from=build /app/node_modules/@graphql-yoga/render-graphiql node_modules/@graphql-yoga/render-graphiql
COPY --from=build /app/node_modules/graphql-ws node_modules/graphql-ws
COPY drizzle drizzle
COPY schema/events schema/events
COPY schema/operations schema/operations
COPY --from=build /app/dist dist
# By number, so that Kubernetes can verify that it is not root. It is the user `node`.
USER 1000:1000
EXPOSE 4000 4010
# A first start may migrate for minutes. Failures within the start period do not count.
HEALTHCHECK --interval=10s --timeout=5s --start-period=5m --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 4000}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=32", "dist/main.js"]
