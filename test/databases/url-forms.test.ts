import { connect, createServer } from 'node:net';
import { expect, inject, test } from 'vitest';
import { asAdmin, createTestDatabase, toTestDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { refusedStart } from '../support/processes/refused-start.ts';
import { concurrentTest } from '../support/run/concurrent-test.ts';
import { startTestService } from '../support/services/service.ts';
import { findFreePort } from '../support/sockets/free-port.ts';

const SECRET = 's3cret';
/** For tests that start the service several times. */
const SEVERAL_STARTS = { timeout: 90_000 };

/**
 * Starts the service with a URL, and expects that it stores an event, and has `totalCount` in all
 * then.
 */
async function expectWorks(databaseUrl: string, totalCount = 1): Promise<void> {
  const service = await startTestService('postgres', {}, toTestDatabase(databaseUrl));
  expect(await service.client.ingest(runEvent('one'))).toMatchObject({ stored: 1 });
  const { automationRuns } = await service.client.data('{ automationRuns { totalCount } }');
  expect(automationRuns).toEqual({ totalCount });
  await service.close();
}

/** Runs `work` with the parts of the URL of an empty database. */
async function onDatabase(
  work: (parts: { user: string; port: string; name: string; url: string }) => Promise<void>,
): Promise<void> {
  const database = await createTestDatabase('postgres');
  const url = new URL(database.databaseUrl ?? '');
  const { port, username, password, pathname } = url;
  try {
    await work({ user: `${username}:${password}`, port, name: pathname.slice(1), url: url.href });
  } finally {
    await database.drop();
  }
}

const socketDirectory = async () => {
  const [row] = await asAdmin((sql) => sql`select current_setting('unix_socket_directories') as directories`);
  return String(row?.directories).split(',')[0] ?? '';
};

// It waits for five seconds. The tests after it run meanwhile.
concurrentTest(
  'a host list that leads nowhere ends in one line with every reason, also with a host that is silent',
  async () => {
    const dead = await findFreePort();
    const silent = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const address = silent.address();
    const silentPort = typeof address === 'object' ? address?.port : undefined;
    const line = await refusedStart({
      DATABASE_URL: `postgres://user:${SECRET}@127.0.0.1:${dead},127.0.0.1:${silentPort},[::1]:${dead}/none`,
    });
    silent.close();
    expect(line).toContain(`127.0.0.1:${dead}`);
    expect(line).toContain(`no answer from 127.0.0.1:${silentPort}`);
    expect(line).not.toContain(SECRET);
  },
);

const overUnixSocket: [
  title: string,
  toUrl: (user: string, port: string, name: string, directory: string) => string,
][] = [
  [
    '?host=/dir',
    (user, port, name, directory) => `postgres://${user}@/${name}?host=${directory}&port=${port}`,
  ],
  [
    'a percent-encoded host',
    (user, port, name, directory) => `postgres://${user}@${encodeURIComponent(directory)}:${port}/${name}`,
  ],
  [
    '?host=%2Fdir beside a host that it replaces',
    (user, port, name, directory) =>
      `postgresql://${user}@localhost:${port}/${name}?host=${encodeURIComponent(directory)}`,
  ],
];
for (const [title, toUrl] of overUnixSocket) {
  concurrentTest(`the service works over a Unix socket: ${title}`, async () => {
    const directory = await socketDirectory();
    await onDatabase(({ user, port, name }) => expectWorks(toUrl(user, port, name, directory)));
  });
}

concurrentTest(
  'the service works with percent-encoded names of role, password and database',
  SEVERAL_STARTS,
  async () => {
    const role = 'r@ö:/?# %';
    const password = 'p@ß:/?#&% "';
    const name = 'd/ä?#% b';
    await asAdmin(async (sql) => {
      await sql.unsafe(`create role "${role}" login password '${password}'`);
      await sql.unsafe(`create database "${name}" owner "${role}"`);
    });
    try {
      const { host } = new URL(inject('postgresUrl'));
      const [user, secret, database] = [role, password, name].map(encodeURIComponent);
      await expectWorks(`postgres://${user}:${secret}@${host}/${database}`);
      await expectWorks(`postgres://${host}/?user=${user}&password=${secret}&dbname=${database}`, 2);
    } finally {
      await asAdmin(async (sql) => {
        await sql.unsafe(`drop database "${name}" with (force)`);
        await sql.unsafe(`drop role "${role}"`);
      });
    }
  },
);

concurrentTest(
  'of several hosts the one that answers is used, also with target_session_attrs',
  SEVERAL_STARTS,
  async () => {
    const dead = await findFreePort();
    for (const attributes of ['any', 'primary', 'read-write']) {
      await onDatabase(({ user, port, name }) =>
        expectWorks(
          `postgres://${user}@127.0.0.1:${dead},127.0.0.1:${port}/${name}?target_session_attrs=${attributes}`,
        ),
      );
    }
  },
);

concurrentTest(
  'sslmode=require on a server without TLS ends in one line; sslmode=allow and prefer work there',
  SEVERAL_STARTS,
  async () => {
    await onDatabase(async ({ url }) => {
      const line = await refusedStart({ DATABASE_URL: `${url}?sslmode=require` });
      expect(line).toContain('offers no TLS');
      await expectWorks(`${url}?sslmode=allow`);
    });
    await onDatabase(({ url }) => expectWorks(`${url}?sslmode=prefer`));
  },
);

concurrentTest(
  'application_name begins the names of the sessions, and parameters without effect are logged',
  async () => {
    await onDatabase(async ({ url, name }) => {
      const parameters =
        'application_name=my%20app&options=-c%20search_path=elsewhere&channel_binding=prefer&pgbouncer=true';
      const service = await startTestService('postgres', {}, toTestDatabase(`${url}?${parameters}`));
      const sessions = await asAdmin(
        (sql) => sql`select distinct application_name as name from pg_stat_activity
        where datname = ${name} and pid <> pg_backend_pid() and application_name like 'my app%'`,
      );
      expect(sessions.map((session) => session.name)).toContainEqual(
        expect.stringMatching(/^my app [0-9a-f]{16}\.\d+$/),
      );
      for (const ignored of ['options', 'channel_binding', 'pgbouncer'])
        expect(service.log.join('')).toContain(ignored);
      const tables = await asAdmin(
        (sql) => sql`select schemaname as schema from pg_tables where tablename = 'tenants'`,
        url,
      );
      expect(tables).toEqual([{ schema: 'public' }]);
      await service.close();
    });
  },
);

const hasIpv6 = await new Promise<boolean>((resolve) => {
  const server = createServer().once('error', () => resolve(false));
  server.listen(0, '::1', () => server.close(() => resolve(true)));
});
const ipv6Title = 'the service works over [::1]';
test.skipIf(!hasIpv6)(hasIpv6 ? ipv6Title : `${ipv6Title} [skipped: no IPv6 here]`, async () => {
  await onDatabase(async ({ user, port, name }) => {
    // The server of the tests listens on IPv4 alone.
    const proxy = createServer((near) => {
      const far = connect(Number(port), '127.0.0.1');
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '::1', resolve));
    const address = proxy.address();
    const proxyPort = typeof address === 'object' ? address?.port : undefined;
    await expectWorks(`postgres://${user}@[::1]:${proxyPort}/${name}`);
    proxy.close();
  });
});

test.each([
  ['TimeZone=Asia/Tokyo', 'TimeZone'],
  ['DateStyle=German', 'DateStyle'],
  ['statement_timeout=1', 'statement_timeout'],
  ['options=-c%20DateStyle=German', 'options'],
  ['target_session_attrs=standby', 'target_session_attrs'],
  ['sslmode=on', 'sslmode'],
])('the parameter %s is refused by its name, without the password', async (parameter, name) => {
  const line = await refusedStart({
    DATABASE_URL: `postgres://user:${SECRET}@127.0.0.1/none?${parameter}`,
  });
  expect(line).toContain(name);
  expect(line).not.toContain(SECRET);
});
