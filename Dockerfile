FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY src/store/patches src/store/patches
COPY schema/ingest-client/package.json schema/ingest-client/
RUN npm ci
COPY tsconfig.json ./
COPY src src
COPY schema/ingest-client schema/ingest-client
# This prune is npm's own, which drops what only the build needs; it runs no script of package.json.
RUN npm run build && npm prune --omit=dev

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production DATA_DIR=/data
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY drizzle drizzle
COPY schema schema
# The relay's container keeps its spool in /spool.
RUN mkdir /data /spool && chown node:node /data /spool
USER node
VOLUME /data
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 4000}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=32", "dist/main.js"]
