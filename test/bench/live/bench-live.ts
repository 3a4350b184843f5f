import { type Contender, startService } from '../contender.ts';
import { readCpuMs, readFamilyCpuMs } from '../process-stats.ts';
import type { BenchPostgres } from '../start-postgres.ts';
import { printTable, toText } from '../table.ts';
import { WorkerProcess } from '../worker-process.ts';
import type { Broadcast } from './bare-broadcast.ts';
import type { Followed, Following } from './followers.ts';

const QUERY = `subscription ($where: AutomationRunFilter) { automationRunEnded(where: $where) {
  cursor event { position } run { runId title status startTime stopTime durationMs automation { automationId name } } } }`;
/** All of them match every run. */
const FILTERS = Array.from({ length: 100 }, (_, index) => ({ where: { durationMs: { gte: -index } } }));

interface Scene {
  name: string;
  sockets: number;
  variables: object[];
  perSecond: number;
}

const SCENES: Scene[] = [
  { name: '10 subscribers', sockets: 10, variables: [{}], perSecond: 20 },
  { name: '100 subscribers', sockets: 100, variables: [{}], perSecond: 20 },
  { name: '1,000 subscribers', sockets: 1_000, variables: [{}], perSecond: 20 },
  { name: '1,000 subscribers, 100 filters', sockets: 1_000, variables: FILTERS, perSecond: 20 },
  { name: '5,000 subscribers', sockets: 5_000, variables: [{}], perSecond: 4 },
];
const SECONDS = 10;
/**
 * Servers run for weeks, and what they do for each event is slow until V8 has compiled it: that
 * takes over a thousand of them.
 */
const WARM_UP = { events: 2_000, perSecond: 150 };

/**
 * Subscribers over two servers on one PostgreSQL while single events are stored through one of
 * them, against a bare `ws` broadcast of the same bytes to as many sockets.
 */
export async function benchLive({ url, pid: postmaster }: BenchPostgres): Promise<void> {
  const servers = [await startService('first', url), await startService('second', url)];
  const followers = await WorkerProcess.start(new URL('./followers.ts', import.meta.url));
  const bare = await WorkerProcess.start(new URL('./bare-broadcast.ts', import.meta.url));
  const rows: string[][] = [];
  try {
    await warmUp(servers, followers);
    for (const [index, scene] of SCENES.entries()) {
      rows.push(...(await measureScene(scene, `live-${index}`, servers, followers, bare, postmaster)));
    }
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    await Promise.all([followers.stop(), bare.stop()]);
  }
  printTable(
    'Live: single events stored through one of two servers, delivered by both; and a bare broadcast of the same bytes',
    [
      'what',
      'events/s',
      'deliveries/s',
      'wrong sockets',
      'CPU per delivery, µs: servers + database',
      'deliveries per CPU second',
      'to bare',
      'receipt to delivery, p50, p99 ms',
    ],
    rows,
  );
}

async function warmUp(servers: Contender[], followers: WorkerProcess): Promise<void> {
  // Each of them takes in events, too.
  for (const { url } of servers) {
    const following: Following = {
      ...WARM_UP,
      urls: servers.map((server) => server.url.replace('http', 'ws')),
      sockets: 10,
      query: QUERY,
      variables: FILTERS,
      ingestUrl: url,
      tenantId: 'warm-up',
    };
    await followers.ask({ open: following });
    await followers.ask({ follow: following });
    await followers.ask({ close: true });
  }
}

async function measureScene(
  { name, sockets, variables, perSecond }: Scene,
  tenantId: string,
  servers: Contender[],
  followers: WorkerProcess,
  bare: WorkerProcess,
  postmaster: number,
): Promise<string[][]> {
  const events = SECONDS * perSecond;
  const following: Following = {
    urls: servers.map((server) => server.url.replace('http', 'ws')),
    sockets,
    query: QUERY,
    variables,
    ingestUrl: servers[0]?.url,
    tenantId,
    events,
    perSecond,
  };
  await followers.ask({ open: following });
  // What comes first is slow: nothing is compiled yet.
  await followers.ask({ follow: { ...following, events: perSecond } });
  const before = [servers.map(({ pid }) => readCpuMs(pid)), readFamilyCpuMs(postmaster)] as const;
  const followed = await followers.ask<Followed>({ follow: following });
  const serversMs = servers.reduce(
    (sum, { pid }, index) => sum + readCpuMs(pid) - (before[0][index] ?? 0),
    0,
  );
  const databaseMs = readFamilyCpuMs(postmaster) - before[1];
  await followers.ask({ close: true });

  const bareFollowing: Following = { ...following, urls: [bare.ready as string], ingestUrl: undefined };
  await followers.ask({ open: bareFollowing });
  const message = followed.sample;
  const broadcast = async (count: number) => {
    const followedBare = followers.ask<Followed>({ follow: { ...bareFollowing, events: count } });
    await bare.ask<true>({ message, events: count, perSecond } satisfies Broadcast);
    return followedBare;
  };
  await broadcast(perSecond);
  const bareBefore = readCpuMs(bare.pid);
  const followedBare = await broadcast(events);
  const bareMs = readCpuMs(bare.pid) - bareBefore;
  await followers.ask({ close: true });

  const perCpuSecond = (deliveries: number, ms: number) => (deliveries * 1_000) / ms;
  const rate = perCpuSecond(followed.deliveries, serversMs + databaseMs);
  const bareRate = perCpuSecond(followedBare.deliveries, bareMs);
  const us = (ms: number) => toText((ms * 1_000) / followed.deliveries);
  return [
    [
      name,
      String(perSecond),
      String(sockets * perSecond),
      String(followed.wrong),
      `${us(serversMs)} + ${us(databaseMs)}`,
      rate.toFixed(0),
      (rate / bareRate).toFixed(2),
      `${toText(followed.p50)}, ${toText(followed.p99)}`,
    ],
    [
      `${name}, bare`,
      String(perSecond),
      String(sockets * perSecond),
      String(followedBare.wrong),
      toText((bareMs * 1_000) / followedBare.deliveries),
      bareRate.toFixed(0),
      '1.00',
      '',
    ],
  ];
}
