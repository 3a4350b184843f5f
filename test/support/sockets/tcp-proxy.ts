import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { watchForCommits } from '../databases/commit-watch.ts';

/**
 * When a connection is cut: instead of passing COMMIT on, right after that, or once the database
 * has answered it.
 */
export const CUTS = ['before', 'after sending', 'after the answer'] as const;
export type Cut = (typeof CUTS)[number];

/** Of what a client has sent first, so much is kept. */
const KEPT_CHARACTERS = 10_000;

/**
 * Stands before a database on 127.0.0.1, so that a test can take it away without stopping it for
 * the other tests.
 */
export interface TcpProxy {
  /** The database's URL, through the proxy. */
  readonly url: string;
  /** How often a client sent something. */
  readonly sent: number;
  /** How many connections clients have opened. */
  readonly opened: number;
  /** Ends every connection and refuses new ones, as a server that is down. */
  refuse(): Promise<void>;
  /**
   * Keeps connections open, takes new ones, and drops every byte: a link that is cut and says
   * nothing.
   */
  swallow(): void;
  /** Lets everything through again; connections that were swallowed stay dead. */
  restore(): Promise<void>;
  /** Ends every connection on which the client sends this text, until given undefined. */
  forbid(text: string | undefined): void;
  /**
   * Ends only the connections on which the client has sent this text, now and for good: with
   * a reset, or by dropping every byte. Gives how many they were.
   */
  takeAway(text: string, how: 'reset' | 'swallow'): number;
  /**
   * Cuts the next connection on which the client sends COMMIT, so that it gets no answer; resolves
   * when that is done.
   */
  cutAtCommit(cut: Cut): Promise<void>;
  close(): Promise<void>;
}

export async function openTcpProxy(databaseUrl: string): Promise<TcpProxy> {
  const target = new URL(databaseUrl);
  const pairs = new Set<[client: Socket, upstream: Socket]>();
  /** What each client has sent first, and how to drop what it sends and is sent from now on. */
  const firstSent = new Map<Socket, { text: string; drop: () => void }>();
  let swallowing = false;
  let forbidden: string | undefined;
  let sent = 0;
  let opened = 0;
  let nextCut: { cut: Cut; done: () => void } | undefined;

  const server = createServer((client) => {
    opened += 1;
    const upstream = connect(Number(target.port), target.hostname);
    const pair: [Socket, Socket] = [client, upstream];
    // Once a byte is lost the connection is of no use to either side, whatever becomes of the link.
    let dead = swallowing;
    pairs.add(pair);
    const first = {
      text: '',
      drop() {
        dead = true;
      },
    };
    firstSent.set(client, first);
    client.once('close', () => firstSent.delete(client));
    const isCommit = watchForCommits();
    const cutNow = (done: () => void) => {
      client.resetAndDestroy();
      destroy(pair);
      done();
    };
    client.on('data', (bytes) => {
      sent += 1;
      if (first.text.length < KEPT_CHARACTERS) first.text += bytes.toString('latin1');
      dead ||= swallowing;
      if (isCommit(bytes) && nextCut !== undefined) {
        const { cut, done } = nextCut;
        nextCut = undefined;
        if (cut === 'before') return cutNow(done);
        dead = true;
        if (cut === 'after sending') upstream.write(bytes, () => cutNow(done));
        else {
          upstream.once('data', () => cutNow(done));
          upstream.write(bytes);
        }
        return;
      }
      if (forbidden !== undefined && bytes.includes(forbidden)) return destroy(pair);
      if (!dead) upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      dead ||= swallowing;
      if (!dead) client.write(bytes);
    });
    for (const socket of pair) {
      socket.on('error', () => undefined);
      // The end of one side is the end of the other, unless the link is too dead to tell.
      socket.on('close', () => void (dead || destroy(pair)));
    }
  });
  const destroy = (pair: [Socket, Socket]) => {
    pairs.delete(pair);
    for (const socket of pair) socket.destroy();
  };
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${port}`;
  const refuse = async () => {
    const closed = server.listening ? new Promise((resolve) => server.close(resolve)) : undefined;
    for (const pair of pairs) destroy(pair);
    await closed;
  };

  return {
    url: url.href,
    get sent() {
      return sent;
    },
    get opened() {
      return opened;
    },
    refuse,
    swallow() {
      swallowing = true;
    },
    async restore() {
      swallowing = false;
      if (!server.listening) await listen(port);
    },
    forbid(text) {
      forbidden = text;
    },
    takeAway(text, how) {
      const found = [...firstSent].filter(([, { text: first }]) => first.includes(text));
      for (const [client, { drop }] of found) {
        if (how === 'reset') client.resetAndDestroy();
        else drop();
      }
      return found.length;
    },
    cutAtCommit: (cut) => new Promise((done) => (nextCut = { cut, done })),
    close: refuse,
  };
}
