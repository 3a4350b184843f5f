import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { answerTasks } from '../answer-tasks.ts';
import { makeRunEventTemplates, toEventText } from '../ingest/run-events.ts';
import { exchange } from '../post.ts';

/**
 * What the followers' process is to do: open so many sockets, have events stored, and see them
 * come.
 */
export interface Following {
  /** WebSocket addresses; sockets are spread over them. */
  urls: string[];
  sockets: number;
  query: string;
  /** Variables of each socket in turn. */
  variables: object[];
  /** Where events are sent; without it the servers send by themselves (the bare one). */
  ingestUrl: string | undefined;
  tenantId: string;
  events: number;
  perSecond: number;
}

/** What it has seen. */
export interface Followed {
  deliveries: number;
  /** Sockets that did not get each event once and in order. */
  wrong: number;
  /** From the receipt to the delivery, in milliseconds. */
  p50: number;
  p99: number;
  /** A message as it came. */
  sample: string;
}

/** Messages that carry an event have its position; the bare server's have the same bytes. */
const POSITION = /"position":(\d+)/;
const MUTATION =
  'mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) { receipts { position } } }';

const templates = makeRunEventTemplates(1, 1_000);
let number = 0;
let sockets: Follower[] = [];

interface Follower {
  socket: WebSocket;
  positions: number[];
  at: number[];
}

/** Opens the sockets, and leaves them open until the next task. */
async function open({ urls, sockets: count, query, variables, tenantId }: Following): Promise<void> {
  for (let first = 0; first < count; first += 100) {
    const some = Array.from({ length: Math.min(100, count - first) }, (_, index) => {
      const place = first + index;
      return connect(
        urls[place % urls.length] ?? '',
        query,
        variables[place % variables.length] ?? {},
        tenantId,
      );
    });
    sockets.push(...(await Promise.all(some)));
  }
  // A subscription is not acknowledged; this long they need at most.
  await sleep(2_000);
}

function connect(url: string, query: string, variables: object, tenantId: string): Promise<Follower> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, 'graphql-transport-ws');
    const follower: Follower = { socket, positions: [], at: [] };
    socket.on('error', reject);
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { tenantId } })));
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      const position = POSITION.exec(text);
      if (position !== null) {
        follower.positions.push(Number(position[1]));
        follower.at.push(performance.now());
        sample = text;
        return;
      }
      if (text.includes('connection_ack')) {
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables } }));
        resolve(follower);
      } else if (!text.includes('"type":"ping"')) {
        reject(new Error(text));
      }
    });
  });
}

let sample = '';

/** Sends events at their times and sees them come. */
async function follow({ ingestUrl, tenantId, events, perSecond }: Following): Promise<Followed> {
  for (const follower of sockets) {
    follower.positions.length = 0;
    follower.at.length = 0;
  }
  const receiptAt = new Map<number, number>();
  const agent = new Agent({ keepAlive: true });
  const startedAt = performance.now();
  const receipts: Promise<void>[] = [];
  for (let event = 0; ingestUrl !== undefined && event < events; event += 1) {
    await sleep(startedAt + (event * 1_000) / perSecond - performance.now());
    receipts.push(
      ingest(agent, ingestUrl, tenantId).then((position) => void receiptAt.set(position, performance.now())),
    );
  }
  await Promise.all(receipts);
  const endsAt = performance.now() + (ingestUrl === undefined ? (events * 1_000) / perSecond : 0) + 30_000;
  while (sockets.some(({ positions }) => positions.length < events) && performance.now() < endsAt)
    await sleep(50);
  agent.destroy();
  const first = Math.min(...receiptAt.keys());
  const delays: number[] = [];
  let wrong = 0;
  for (const { positions, at } of sockets) {
    const isRight =
      positions.length === events &&
      (ingestUrl === undefined || positions.every((position, index) => position === first + index));
    if (!isRight) wrong += 1;
    for (const [index, position] of positions.entries()) {
      delays.push((at[index] ?? 0) - (receiptAt.get(position) ?? at[index] ?? 0));
    }
  }
  delays.sort((a, b) => a - b);
  const percentile = (share: number) => delays[Math.floor(delays.length * share)] ?? 0;
  return { deliveries: delays.length, wrong, p50: percentile(0.5), p99: percentile(0.99), sample };
}

async function ingest(agent: Agent, url: string, tenantId: string): Promise<number> {
  number += 1;
  const event = toEventText(templates[number % templates.length] ?? [], tenantId, number);
  const body = `{"query":${JSON.stringify(MUTATION)},"variables":{"events":[${event}]}}`;
  const { text: answer } = await exchange(agent, url, body);
  const position = POSITION.exec(answer);
  if (position === null) throw new Error(`Not stored: ${answer.slice(0, 500)}`);
  return Number(position[1]);
}

async function close(): Promise<void> {
  for (const { socket } of sockets) socket.terminate();
  sockets = [];
  await sleep(500);
}

type Task = { open: Following } | { follow: Following } | { close: true };

answerTasks<Task>((task) =>
  'open' in task ? open(task.open) : 'follow' in task ? follow(task.follow) : close(),
);
