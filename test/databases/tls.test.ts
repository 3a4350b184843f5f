import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/store/database/database.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { asAdmin, toTestDatabase } from '../support/databases/databases.ts';
import { ROLES, startTlsPostgres, type TlsPostgres } from '../support/databases/start-tls-postgres.ts';
import { runEvent } from '../support/events/events.ts';
import { startAfter } from '../support/events/log-cursor.ts';
import { refusedStart } from '../support/processes/refused-start.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { concurrentTest } from '../support/run/concurrent-test.ts';
import { startTestService } from '../support/services/service.ts';
import { countSockets } from '../support/sockets/count-sockets.ts';
import { waitUntil } from '../support/wait-until.ts';

type Files = TlsPostgres['files'];

/** Which connections a case makes. */
interface Connection {
  role?: keyof typeof ROLES;
  /** The server's certificate is valid for `localhost`, not for its address. */
  host?: 'localhost' | '127.0.0.1';
  /** The parameters of DATABASE_URL. */
  parameters: (files: Files) => Record<string, string>;
  /** The name of the sessions. The service has its own name for them. */
  name?: string;
}

let postgres: TlsPostgres;
beforeAll(async () => {
  postgres = await startTlsPostgres();
});
afterAll(() => postgres?.stop());

function toUrl({ role = 'either', host = '127.0.0.1', parameters, name }: Connection): string {
  const given = { ...parameters(postgres.files), ...(name !== undefined && { application_name: name }) };
  const query = new URLSearchParams(given);
  return `postgres://${ROLES[role]}:s3cret@${host}:${postgres.port}/postgres?${query}`;
}

let stored = 0;
/** Starts the service, stores an event, and lists whether its sessions are encrypted. */
async function listEncryptions(given: Connection): Promise<unknown[]> {
  // Several services run at the same time.
  const connection = { ...given, name: randomUUID() };
  const service = await startTestService('postgres', {}, toTestDatabase(toUrl(connection)));
  const encryptions = await storeAndList(service.client, connection);
  await service.close();
  return encryptions;
}

async function storeAndList(
  client: GraphqlClient,
  { role = 'either', name = 'qlik-event-graph' }: Connection,
): Promise<unknown[]> {
  stored += 1;
  const event = runEvent('one', {}, { id: String(stored) });
  expect(await client.ingest(event)).toMatchObject({ stored: 1 });
  const sessions = await asAdmin(
    (sql) => sql`select distinct ssl from pg_stat_ssl join pg_stat_activity using (pid)
      where starts_with(application_name, ${name}) and usename = ${ROLES[role]}`,
    postgres.url,
  );
  return sessions.map(({ ssl }) => ssl);
}

const mode = (sslmode: string) => () => ({ sslmode });
const withAuthority = (sslmode: string) => (files: Files) => ({ sslmode, sslrootcert: files.authority });
const withClient = (sslmode: string) => (files: Files) => ({
  sslmode,
  sslcert: files.clientCert,
  sslkey: files.clientKey,
});

describe('the service connects', () => {
  const cases: [title: string, isEncrypted: boolean, connection: Connection][] = [
    ['without TLS for sslmode=disable', false, { parameters: mode('disable') }],
    ['without TLS for sslmode=allow', false, { parameters: mode('allow') }],
    [
      'with TLS for sslmode=allow where the server wants it',
      true,
      { role: 'encrypted', parameters: mode('allow') },
    ],
    ['with TLS for sslmode=prefer', true, { parameters: mode('prefer') }],
    ['with TLS without an sslmode', true, { parameters: () => ({}) }],
    [
      'without TLS for sslmode=prefer where the server refuses it',
      false,
      { role: 'plain', parameters: mode('prefer') },
    ],
    ['with TLS for sslmode=require, whatever the certificate', true, { parameters: mode('require') }],
    ['with TLS for ssl=true', true, { parameters: () => ({ ssl: 'true' }) }],
    [
      'with TLS for sslmode=verify-ca, also where the name differs',
      true,
      { parameters: withAuthority('verify-ca') },
    ],
    [
      'with TLS for sslmode=verify-full',
      true,
      { host: 'localhost', parameters: withAuthority('verify-full') },
    ],
    [
      'with a client certificate for sslmode=require',
      true,
      { role: 'certified', parameters: withClient('require') },
    ],
    [
      'with a client certificate for sslmode=prefer',
      true,
      { role: 'certified', parameters: withClient('prefer') },
    ],
  ];

  for (const [title, isEncrypted, connection] of cases) {
    concurrentTest(title, async () => {
      expect(await listEncryptions(connection)).toEqual([isEncrypted]);
    });
  }

  test("with TLS for sslrootcert=system, with the authorities of Node's own settings", async () => {
    const connection: Connection = { host: 'localhost', parameters: () => ({ sslrootcert: 'system' }) };
    const env = { NODE_EXTRA_CA_CERTS: postgres.files.authority };
    await using server = await ServerProcess.start(toTestDatabase(toUrl(connection)), env);
    expect(await storeAndList(server.client, connection)).toEqual([true]);
    expect(await server.stop()).toBe(0);
  });

  test('with TLS again after the server has ended every session', async () => {
    const databaseUrl = toUrl({ host: 'localhost', parameters: withAuthority('verify-full') });
    await using server = await ServerProcess.start({ databaseUrl, dataDir: '' });
    const { client } = server;
    const live = client
      .as('live')
      .subscribe(
        'subscription ($after: String) { automationRunEnded(after: $after) { run { runId } } }',
        startAfter('live'),
      );
    const terminate = () =>
      asAdmin(
        (sql) => sql`select pg_terminate_backend(pid) from pg_stat_activity
          where application_name like 'qlik-event-graph%'`,
        postgres.url,
      );
    for (const id of ['a', 'b', 'c']) {
      expect((await terminate()).length).toBeGreaterThan(0);
      const event = runEvent('live', { id }, { id });
      await waitUntil(
        async () => (await client.request(INGEST, { events: [event] })).errors === undefined,
        20_000,
      );
    }
    await waitUntil(() => live.received.length === 3, 20_000);
    await live.close();
    expect(server.stderr).toBe('');
    expect(await server.stop()).toBe(0);
  });
});

const sumConnections = (database: Database) =>
  database.listPools().reduce((sum, { active, idle }) => sum + active + idle, 0);

test('connections over TLS are counted, and end with a database that is closed as soon as it is open', async () => {
  const location = toTestDatabase(toUrl({ host: 'localhost', parameters: withAuthority('verify-full') }));
  const before = countSockets();
  const openAndClose = async (isUsed: boolean) => {
    const database = await openDatabase(location);
    if (isUsed) await database.acrossTenants.read((queries) => queries.execute('select 1'));
    await database[Symbol.asyncDispose]();
    await waitUntil(() => sumConnections(database) === 0, 2_000);
  };
  await Promise.all(Array.from({ length: 8 }, (_, round) => openAndClose(round % 2 === 0)));
  await waitUntil(() => countSockets() <= before, 3_000);
  expect(countSockets()).toBeLessThanOrEqual(before);
});

const INGEST =
  'mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) { stored duplicates } }';

describe('a start is refused in one line that says why', () => {
  const cases: [title: string, reason: string | RegExp, connection: Connection][] = [
    [
      'where the authority is another one',
      /the certificate of localhost:\d+ is refused: .*sslrootcert/,
      {
        host: 'localhost',
        parameters: ({ otherAuthority }) => ({ sslmode: 'verify-full', sslrootcert: otherAuthority }),
      },
    ],
    [
      'where the authority is another one, for verify-ca',
      /the certificate of 127\.0\.0\.1:\d+ is refused/,
      { parameters: ({ otherAuthority }) => ({ sslmode: 'verify-ca', sslrootcert: otherAuthority }) },
    ],
    [
      'where the authority is another one, for require with sslrootcert',
      'is refused',
      { parameters: ({ otherAuthority }) => ({ sslmode: 'require', sslrootcert: otherAuthority }) },
    ],
    [
      'where no authority is named and the machine trusts none that signed it',
      'is refused',
      { parameters: mode('verify-ca') },
    ],
    [
      'where the certificate is valid for another name',
      /certificate of 127\.0\.0\.1:\d+ is refused: Hostname\/IP does not match/,
      { parameters: withAuthority('verify-full') },
    ],
    [
      'where the file of the authority is missing',
      /sslrootcert: \S*missing\.pem cannot be read \(ENOENT\)/,
      {
        parameters: ({ authority }) => ({
          sslmode: 'verify-full',
          sslrootcert: authority.replace('authority', 'missing'),
        }),
      },
    ],
    [
      'where the file of the authority contains no certificate',
      /sslrootcert: \S*noCertificate\.pem is not a certificate/,
      { parameters: ({ noCertificate }) => ({ sslmode: 'verify-full', sslrootcert: noCertificate }) },
    ],
    [
      'where the file of the client certificate contains none',
      /sslcert: \S*noCertificate\.pem is not a certificate/,
      {
        parameters: ({ noCertificate, clientKey }) => ({
          sslmode: 'require',
          sslcert: noCertificate,
          sslkey: clientKey,
        }),
      },
    ],
    [
      'where the key belongs to another certificate',
      /sslkey: \S*strangerKey\.pem is not the key of the certificate/,
      {
        parameters: ({ clientCert, strangerKey }) => ({
          sslmode: 'require',
          sslcert: clientCert,
          sslkey: strangerKey,
        }),
      },
    ],
    [
      'where the client certificate is for another role',
      'certificate authentication failed',
      {
        role: 'certified',
        parameters: ({ strangerCert, strangerKey }) => ({
          sslmode: 'require',
          sslcert: strangerCert,
          sslkey: strangerKey,
        }),
      },
    ],
    [
      'where the server wants a client certificate and there is none',
      'requires a valid client certificate',
      { role: 'certified', parameters: mode('require') },
    ],
    [
      'where the server wants TLS and sslmode=disable',
      'no encryption',
      { role: 'encrypted', parameters: mode('disable') },
    ],
  ];

  test.each(cases)('%s', async (_, reason, connection) => {
    const line = await refusedStart({ DATABASE_URL: toUrl(connection) });
    expect(line).toMatch(reason);
    expect(line).toContain('DATABASE_URL');
    expect(line).not.toContain('s3cret');
  });

  test('where the certificate of the server has expired', async () => {
    await postgres.expire();
    const connection: Connection = { host: 'localhost', parameters: withAuthority('verify-full') };
    const line = await refusedStart({ DATABASE_URL: toUrl(connection) });
    expect(line).toContain('CERT_HAS_EXPIRED');
    expect(await listEncryptions({ parameters: mode('require') })).toEqual([true]);
  });
});
