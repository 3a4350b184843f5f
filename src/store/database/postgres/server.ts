import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Encryption, listEncryptions, type PostgresLocation } from './postgres-location.ts';

/** One place where the database may be: an address and port, or a Unix socket. */
export interface Server {
  /** As DATABASE_URL names it; TLS checks the certificate against it. */
  readonly host: string;
  readonly port: number;
  /** What the host resolves to, or the path of a Unix socket. */
  readonly address: string;
  /** How to connect, in the order in which the ways are tried. Of a server that answered, the way that worked. */
  readonly encryptions: readonly Encryption[];
}

/** What a server says about the transactions that it begins. */
export interface Access {
  /** Transactions are read-only: the server is a standby, or `default_transaction_read_only` is on. */
  isReadOnly: boolean;
  isStandby: boolean;
}

/** A server that answered. */
export interface FoundServer extends Access {
  server: Server;
}

/** Tells whether both are the same place, under whatever name. */
export function isSameServer(one: Server, other: Server): boolean {
  return one.port === other.port && one.address === other.address;
}

/**
 * Lists the servers that DATABASE_URL names, in its order. A host with several addresses is several servers. Throws the
 * failure of the name service if no host resolves.
 */
export async function listServers(location: PostgresLocation): Promise<Server[]> {
  const resolved = await Promise.allSettled(
    location.url.hosts.map(async ({ host, port }) => {
      const encryptions = listEncryptions(location, host);
      const addresses = await listAddresses(host, port);
      return addresses.map((address) => ({ host, port, address, encryptions }));
    }),
  );
  const servers = resolved.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  const failed = resolved.find((each) => each.status === 'rejected');
  if (servers.length === 0 && failed !== undefined) throw failed.reason;
  return servers;
}

async function listAddresses(host: string, port: number): Promise<string[]> {
  if (host.startsWith('/')) return [join(host, `.s.PGSQL.${port}`)];
  if (isIP(host) !== 0) return [host];
  const found = await lookup(host, { all: true });
  return [...new Set(found.map(({ address }) => address))];
}

/** Opens a socket to a server. */
export function openSocket({ host, port, address }: Server): Socket {
  const socket = address.startsWith('/') ? connect(address) : connect(port, address);
  // postgres.js takes the name for TLS from there, and both for its messages.
  return Object.assign(socket, { host, port });
}
