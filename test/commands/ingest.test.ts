import { linkSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { describeOnOneDatabase } from '../support/databases/databases.ts';
import { EXAMPLES, runEvent } from '../support/events/events.ts';
import { CommandProcess, startIngest, TestFolder } from '../support/processes/command-process.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { concurrentTest } from '../support/run/concurrent-test.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { openHttpProxy } from '../support/sockets/http-proxy.ts';

type Counts = [stored: number, duplicates: number, conflicts: number, quarantined: number, rejected: number];

/** The counts at the end of a summary. */
const countsOf = (stdout: string) =>
  ['STORED', 'DUPLICATE', 'CONFLICT', 'QUARANTINED', 'REJECTED'].map((outcome) =>
    Number(new RegExp(`^${outcome} +([\\d,]+)$`, 'm').exec(stdout)?.[1]?.replaceAll(',', '')),
  ) as Counts;

describeOnOneDatabase('npm run ingest', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(async () => {
    expect(service.log.filter((line) => line.includes('"level":50'))).toEqual([]);
    await service.close();
  });

  const ingest = async (
    ...args: Parameters<typeof startIngest> extends [string, ...infer Rest] ? Rest : never
  ) => {
    await using command = startIngest(service.url, ...args);
    const { status, stdout, stderr } = await command.result();
    return { status, counts: countsOf(stdout), stdout, lines: stderr.split('\n').slice(0, -1) };
  };
  const rawOf = async (tenantId: string) => {
    const { events } = await service.client
      .as(tenantId)
      .data('{ events(first: 100, orderBy: [{ field: POSITION, direction: ASC }]) { nodes { raw } } }');
    return events.nodes.map(({ raw }: { raw: unknown }) => raw);
  };

  concurrentTest("sends Qlik's examples as they are, and a second time they are duplicates", async () => {
    const files = EXAMPLES.map((name) =>
      fileURLToPath(new URL(`../../schema/events/${name}.json`, import.meta.url)),
    );
    expect(await ingest(files)).toMatchObject({ status: 0, counts: [7, 0, 0, 0, 0], lines: [] });
    expect(await ingest(files)).toMatchObject({ status: 0, counts: [0, 7, 0, 0, 0], lines: [] });
  });

  concurrentTest(
    'sends lines, lists, pages and standard input, with every character, in batches, and leaves nothing behind',
    async () => {
      using folder = new TestFolder();
      const text = '\u0000\ud83d\ude00\\" \u2028 ß {"[';
      const toEvents = (tenantId: string) =>
        Array.from({ length: 10 }, (_, index) =>
          runEvent(tenantId, {
            id: `${tenantId}-${index}`,
            text,
            __proto__: undefined,
            list: [[], {}, null],
          }),
        );
      const [lines, list, page, piped] = ['lines', 'list', 'page', 'piped'].map(toEvents);
      const toLines = (events: unknown[] = []) => events.map((event) => JSON.stringify(event)).join('\r\n');
      const files = [
        folder.write('lines.ndjson', toLines(lines)),
        folder.write('list.json', `\u{feff}${JSON.stringify(list, null, 2)}`),
        folder.write('pages.json', JSON.stringify({ data: page, links: { next: { href: 'https://x' } } })),
      ];
      // One request at a time, so that the log has the order of the files.
      const proxy = await openHttpProxy(service.url);
      await using command = startIngest(proxy.url, ['--batch', '4', '--in-flight', '1', ...files]);
      expect((await command.result()).status).toBe(0);
      expect(countsOf(command.stdout)).toEqual([30, 0, 0, 0, 0]);
      expect(proxy.batches).toEqual([4, 4, 2, 4, 4, 2, 4, 4, 2]);
      await proxy.close();
      expect(await ingest(['--in-flight', '1'], { input: toLines(piped) })).toMatchObject({
        status: 0,
        lines: [],
      });
      expect(await rawOf('lines')).toEqual(lines);
      expect(await rawOf('list')).toEqual(list);
      expect(await rawOf('page')).toEqual(page);
      expect(await rawOf('piped')).toEqual(piped);
      expect(readdirSync(folder.path).sort()).toEqual(['lines.ndjson', 'list.json', 'pages.json']);
    },
  );

  concurrentTest(
    'tells by file, line and item what is not in the log, sends the rest, and exits with 1',
    async () => {
      using folder = new TestFolder();
      const [first, second] = [runEvent('told'), runEvent('told')];
      const { id: _, ...nameless } = runEvent('told');
      const lines = [
        first,
        '{"id": oops}',
        'null',
        { ...first, data: { other: true } },
        nameless,
        { large: 'x'.repeat(1_048_600) },
        '',
        second,
      ];
      const file = folder.write(
        'told.ndjson',
        lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
      );
      const report = `${folder.path}/report.ndjson`;
      const told = await ingest([file, '--report', report, '--problems', '3']);
      expect(told).toMatchObject({ status: 1, counts: [2, 0, 1, 1, 3] });
      expect(told.lines[0]).toMatch(new RegExp(`^${file}:2: item 2: REJECTED NOT_JSON: `));
      expect(told.lines[1]).toBe(`${file}:3: item 3: REJECTED NOT_AN_OBJECT: An event is a JSON object.`);
      expect(told.lines[2]).toMatch(new RegExp(`^${file}:4: item 4: CONFLICT ID_CONFLICT: `));
      expect(told.lines.slice(3)).toEqual(['and 2 more']);
      const reported = readFileSync(report, 'utf8').trimEnd().split('\n');
      expect(reported.map((line) => JSON.parse(line))).toMatchObject([
        { file, line: 2, item: 2, outcome: 'REJECTED', code: 'NOT_JSON', eventId: null, path: null },
        { line: 3, item: 3, outcome: 'REJECTED', code: 'NOT_AN_OBJECT' },
        { line: 4, item: 4, outcome: 'CONFLICT', code: 'ID_CONFLICT', eventId: first.id },
        { line: 5, item: 5, outcome: 'QUARANTINED', code: 'MISSING_ID', path: '/id' },
        { line: 6, item: 6, outcome: 'REJECTED', code: 'TOO_LARGE' },
      ]);
      expect(await rawOf('told')).toEqual([first, second]);
    },
  );

  concurrentTest(
    'sends files that were put together from some with byte order marks, and tells of a mark elsewhere',
    async () => {
      using folder = new TestFolder();
      const [first, second, third] = [runEvent('marked'), runEvent('marked'), runEvent('marked')];
      const bom = '\u{feff}';
      const lines = [bom + JSON.stringify(first), `{${bom}}`, bom + JSON.stringify(second)];
      const files = [
        folder.write('lines.ndjson', lines.join('\n')),
        folder.write('lists.json', `${bom}[]${bom}[${JSON.stringify(third)}]`),
      ];
      const told = await ingest([...files, '--in-flight', '1']);
      expect(told).toMatchObject({ status: 1, counts: [3, 0, 0, 0, 1] });
      expect(told.lines).toEqual([expect.stringMatching(/lines\.ndjson:2: item 2: REJECTED NOT_JSON: /)]);
      expect(await rawOf('marked')).toEqual([first, second, third]);
    },
  );

  concurrentTest('sends a file once, whatever the names under which it is given', async () => {
    using folder = new TestFolder();
    const file = folder.write('events.json', JSON.stringify([runEvent('once'), runEvent('once')]));
    const [hardLink, symbolicLink] = [`${folder.path}/hard`, `${folder.path}/symbolic`];
    linkSync(file, hardLink);
    symlinkSync(file, symbolicLink);
    const empty = folder.write('empty.json', '');
    const { status, counts } = await ingest([file, symbolicLink, empty, hardLink, file]);
    expect([status, counts]).toEqual([0, [2, 0, 0, 0, 0]]);
    expect(readdirSync(folder.path).sort()).toEqual(['empty.json', 'events.json', 'hard', 'symbolic']);
  });

  for (const [what, toText, counts] of [
    ['a conflict', (event: object) => JSON.stringify([event, { ...event, data: {} }]), [1, 0, 1, 0, 0]],
    ['a quarantined item', (event: object) => JSON.stringify([event, { data: {} }]), [1, 0, 0, 1, 0]],
    ['a line that is no JSON', (event: object) => `${JSON.stringify(event)}\n}`, [1, 0, 0, 0, 1]],
    ['a list that is not closed', (event: object) => `[${JSON.stringify(event)}`, [1, 0, 0, 0, 1]],
  ] as const)
    concurrentTest(`${what} alone makes the exit status 1`, async () => {
      expect(await ingest(['-'], { input: toText(runEvent('alone')) })).toMatchObject({ status: 1, counts });
    });
});

describe('npm run ingest refuses', () => {
  const refused = async (args: string[], settings: Record<string, string> = {}, input?: string) => {
    await using command = new CommandProcess('ingest', args, { PORT: '4000', ...settings });
    if (input !== undefined) command.child.stdin?.end(input);
    const { status, stdout, stderr } = await command.result();
    expect([status, stdout]).toEqual([1, '']);
    for (const line of stderr.trimEnd().split('\n'))
      expect(line).toMatch(/^qlik-event-graph cannot ingest: /);
    return stderr;
  };

  concurrentTest('a wrong command line', async () => {
    using folder = new TestFolder();
    const file = folder.write('empty.json', '');
    const cases: [args: string[], message: string][] = [
      [['--batch', '0', file], '--batch: "0" is not a whole number from 1 to 100000'],
      [['--in-flight', 'many', file], '--in-flight'],
      [['--give-up-after', '10', file], '--give-up-after: "10" is not a duration'],
      [['--format', 'csv', file], '--format'],
      [['--url', 'localhost:4000', file], '--url'],
      [['--url', 'http://user:secret@localhost', file], '--url: a password'],
      [['--report', `${folder.path}/none/report`, file], '--report'],
      [['--token', 'x', file], "'--token'"],
    ];
    const check = async ([args, message]: (typeof cases)[number]) =>
      expect(await refused(args)).toContain(message);
    await Promise.all(cases.map(check));
    expect(await refused([file], { PORT: '0' })).toContain('--url');
  });

  concurrentTest('a report that is one of the inputs, by whatever name, and leaves it as it is', async () => {
    using folder = new TestFolder();
    const text = JSON.stringify(runEvent('one'));
    const file = folder.write('events.json', text);
    const other = folder.write('other.json', text);
    const [hardLink, symbolicLink] = [`${folder.path}/hard`, `${folder.path}/symbolic`];
    linkSync(file, hardLink);
    symlinkSync(file, symbolicLink);
    const reports = [file, `${folder.path}/../${basename(folder.path)}/events.json`, hardLink, symbolicLink];
    const check = async (report: string) =>
      expect(await refused([other, file, '--report', report, '--give-up-after', '1s'])).toBe(
        `qlik-event-graph cannot ingest: --report: ${report} is ${file}, which is to be sent.\n`,
      );
    await Promise.all(reports.map(check));
    expect(await refused([other, symbolicLink, '--report', hardLink])).toContain(`is ${symbolicLink},`);
    const line = `exec "${process.execPath}" dist/commands/ingest.js --report "$0" < "$1"`;
    await using piped = new ServerProcess({ PORT: '4000' }, ['sh', '-c', line, hardLink, file]);
    expect(await piped.end()).toBe(1);
    expect(piped.stderr).toContain(`--report: ${hardLink} is standard input, which is to be sent.`);
    expect([file, other].map((path) => readFileSync(path, 'utf8'))).toEqual([text, text]);
    expect(readdirSync(folder.path).sort()).toEqual(['events.json', 'hard', 'other.json', 'symbolic']);
  });

  concurrentTest('files that cannot be read, all at once, and what is no text', async () => {
    using folder = new TestFolder();
    const zipped = folder.write('zipped.json.gz', Buffer.from([0x1f, 0x8b, 8, 0]));
    const wide = folder.write('wide.json', Buffer.from('\u{feff}{}', 'utf16le'));
    const lines = await refused([`${folder.path}/none.json`, folder.path, zipped]);
    expect(lines).toContain('none.json: ENOENT');
    expect(lines).toContain(`${folder.path}: this is a directory`);
    expect(lines.trimEnd().split('\n')).toHaveLength(2);
    expect(await refused([zipped])).toContain('gunzip -c FILE | npm run ingest');
    expect(await refused([wide])).toContain('UTF-16');
  });
});

concurrentTest('npm run ingest finds the server by HOST and PORT, and sends a token', async () => {
  const service = await startTestService('postgres');
  const proxy = await openHttpProxy(service.url);
  const { port } = new URL(proxy.url);
  const settings = { HOST: '127.0.0.1', PORT: port, INGEST_TOKEN: 'some.signed.token' };
  await using command = new CommandProcess('ingest', [], settings);
  command.child.stdin?.end(JSON.stringify(runEvent('one')));
  expect((await command.result()).status).toBe(0);
  expect(proxy.headers[0]?.authorization).toBe('Bearer some.signed.token');
  await proxy.close();
  await service.close();
});
