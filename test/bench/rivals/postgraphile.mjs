import { createServer } from 'node:http';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { makePgSmartTagsPlugin } from 'postgraphile/utils';

/**
 * PostGraphile 5 on the service's own tables, in production mode; the run's blocks are its
 * relation.
 */
const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [
    makePgSmartTagsPlugin({
      kind: 'class',
      match: 'blocks',
      tags: {
        foreignKey:
          '(tenant_id, run_id) references automation_runs (tenant_id, run_id)|@foreignFieldName blockList',
      },
    }),
  ],
  pgServices: [makePgService({ connectionString: process.env.DATABASE_URL, schemas: ['public'] })],
  grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false },
  grafast: { explain: false },
});
const server = createServer();
const serv = instance.createServ(grafserv);
await serv.addTo(server);
server.listen(Number(process.env.PORT), '127.0.0.1', () => process.stdout.write('ready\n'));
