import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findUrlProblems, parseConnectionUrl } from '../../src/store/database/postgres/url/connection-url.ts';

const encode = (text: string) => encodeURIComponent(text);
/** What PostgreSQL takes as a name or a password. */
const text = fc
  .string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
  .filter((each) => !each.includes('\0') && each.isWellFormed());
const port = fc.integer({ min: 1, max: 65_535 });
const place = fc.record({
  host: fc.oneof(
    fc.constantFrom(
      'localhost',
      'db.example.com',
      '127.0.0.1',
      '::1',
      'fe80::1%eth0',
      '/var/run/postgresql',
      '/a dir',
    ),
    fc.stringMatching(/^[a-z0-9.-]{1,20}$/),
  ),
  port,
});
const write = ({ host, port }: { host: string; port: number }) =>
  host.includes(':') ? `[${host}]:${port}` : `${encode(host)}:${port}`;

describe('a connection URL', () => {
  test('gives back the names, secrets and hosts that it was written from, however they are written', () => {
    fc.assert(
      fc.property(
        text,
        text,
        text,
        fc.array(place, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('postgres', 'postgresql'),
        fc.boolean(),
        (user, password, database, places, scheme, isInParameters) => {
          const hosts = isInParameters
            ? {
                front: '',
                rest: `?host=${places.map(({ host }) => encode(host)).join(',')}&port=${places.map((each) => each.port).join(',')}`,
              }
            : { front: places.map(write).join(','), rest: '' };
          const url = `${scheme}://${encode(user)}:${encode(password)}@${hosts.front}/${encode(database)}${hosts.rest}`;
          expect(parseConnectionUrl(url)).toMatchObject({ user, password, database, hosts: places });
        },
      ),
    );
  });

  test('of any text is read, or has problems that contain none of its secrets', () => {
    const parts = fc.constantFrom(
      'postgres://',
      'user',
      ':',
      '@',
      '/',
      '?',
      '&',
      '=',
      ',',
      '[',
      ']',
      '%',
      '%00',
      '%2F',
      'host',
      'sslmode',
      ' ',
    );
    const password = 'S3cr3t';
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (tail) => {
        const problems = findUrlProblems(`postgres://user:${password}@${tail.join('')}`);
        expect(problems.join('\n')).not.toContain(password);
      }),
    );
  });

  test.each([
    ['postgres://host/db', [['host', 5432]]],
    ['postgres://[::1]/db', [['::1', 5432]]],
    ['postgres://[::1]:5433/db', [['::1', 5433]]],
    [
      'postgres://a,b:5433,[::1]/db',
      [
        ['a', 5432],
        ['b', 5433],
        ['::1', 5432],
      ],
    ],
    ['postgres://user@%2Frun%2Fpg/db', [['/run/pg', 5432]]],
    ['postgres://user@%2Frun%2Fpg:5433/db', [['/run/pg', 5433]]],
    ['postgres:///db?host=/run/pg', [['/run/pg', 5432]]],
    ['postgres://user@:5433/db?host=/run/pg', [['/run/pg', 5433]]],
    ['postgres://?host=/run/pg&port=5433', [['/run/pg', 5433]]],
    [
      'postgres://ignored/db?host=a,b&port=1,2',
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
    [
      'postgres://a:1,b:1/db?port=9',
      [
        ['a', 9],
        ['b', 9],
      ],
    ],
  ])('%s names its hosts', (url, expected) => {
    expect(parseConnectionUrl(url).hosts.map(({ host, port }) => [host, port])).toEqual(expected);
  });

  test('takes a password with an unescaped @, and parameters in the place of what is in front of them', () => {
    expect(parseConnectionUrl('postgres://u:p@ss@host/db')).toMatchObject({ user: 'u', password: 'p@ss' });
    expect(parseConnectionUrl('postgres://host/?user=u&password=p%26&dbname=d%2Fb')).toMatchObject({
      user: 'u',
      password: 'p&',
      database: 'd/b',
    });
    expect(parseConnectionUrl('postgres://host')).toMatchObject({ user: undefined, database: undefined });
  });

  test.each([
    ['mysql://host/db', /begins with postgres/],
    ['host/db', /begins with postgres/],
    ['postgres:///db', /names no host/],
    ['postgres://a,,b/db', /names no host/],
    ['postgres://::1/db', /names no host/],
    ['postgres://[::1/db', /names no host/],
    ['postgres://host:0/db', /port/],
    ['postgres://host:70000/db', /port/],
    ['postgres://a,b,c/db?port=1,2', /port/],
    ['postgres://us%er@host/db', /%XX/],
    ['postgres://host/d%ffb', /%XX/],
    ['postgres://host/d%00b', /%XX/],
    ['postgres://host/db?TimeZone=Asia/Kolkata', /TimeZone.*is not known here/],
    ['postgres://host/db?DateStyle=German', /DateStyle.*is not known here/],
    ['postgres://host/db?search_path=elsewhere', /search_path.*is not known here/],
    ['postgres://host/db?statement_timeout=1', /statement_timeout.*is not known here/],
    ['postgres://host/db?max=1', /max.*is not known here/],
    ['postgres://host/db?sslMode=require', /sslMode.*is not known here/],
    ['postgres://host/db?sslmode=always', /sslmode.*disable, allow/],
    ['postgres://host/db?sslcert=/a', /sslkey/],
    ['postgres://host/db?sslmode=require&sslrootcert=system', /verify-full/],
    ['postgres://host/db?connect_timeout=soon', /connect_timeout/],
    ['postgres://host/db?target_session_attrs=standby', /target_session_attrs/],
    ['postgres://host/db?options=-c%20timezone=UTC', /options.*search_path/],
    ['postgres://host/db?options=-c%20search_path=a%20-c%20timezone=UTC', /options.*search_path/],
    ['postgres://host/db?%0Aevil=1', /"\\nevil"/],
  ])('%s is refused', (url, problem) => {
    const problems = findUrlProblems(url);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join('; ')).toMatch(problem);
    expect(problems.join('')).not.toContain('\n');
  });

  test('names the parameters that have no effect', () => {
    const url =
      'postgres://host/db?channel_binding=require&pgbouncer=true&gssencmode=disable&options=-c%20search_path%3Dapp%2Cpublic&sslmode=disable';
    expect(parseConnectionUrl(url)).toMatchObject({
      ignored: ['channel_binding', 'pgbouncer', 'gssencmode', 'options'],
      sslMode: 'disable',
    });
  });
});
