import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Encryption, listEncryptions, type PostgresLocation } from './postgres-location.ts';

/** A possible place of the database: an address and port, or a Unix socket. */
export interface Server {
  /** The host as in DATABASE_URL. TLS checks the certificate against it. */
  readonly host: string;
  readonly port: number;
  /** The resolved address, or the path of a Unix socket. */
  readonly address: string;
  /** The encryptions to try, in order; after an answer, only the one that succeeded. */
  readonly encryptions: readonly Encryption[];
}

/** How a server begins transactions. */
export interface Access {
  /** The server is a standby, or `default_transaction_read_only` is on. */
  isReadOnly: boolean;
  isStandby: boolean;
}

/** A server that answered. */
export interface FoundServer extends Access {
  server: Server;
}

/** Returns whether two servers have the same address and port. */
export function isSameServer(one: Server, other: Server): boolean {
  return one.port === other.port && one.address === other.address;
}

/**
 * Lists the servers of DATABASE_URL in its order. A host with several addresses is several
 * servers. Throws the failure of the name service if no host resolves.
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
  // postgres.js reads the host name for TLS from the socket, and both for its messages.
  return Object.assign(socket, { host, port });
}
