import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import type postgres from 'postgres';

/** One place where the database may be: an address and port, or a Unix socket. */
export interface Server {
  /** As DATABASE_URL names it; TLS checks the certificate against it. */
  readonly host: string;
  readonly port: number;
  /** What the host resolves to; undefined for a Unix socket. */
  readonly address: string | undefined;
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
  return one.port === other.port && (one.address ?? one.host) === (other.address ?? other.host);
}

/**
 * Lists the servers that a client's options name, in their order. A host with several addresses is several servers.
 * Throws the failure of the name service if no host resolves.
 */
export async function listServers({ host, port, path }: postgres.ParsedOptions): Promise<Server[]> {
  if (typeof path === 'string' && path !== '') {
    return [{ host: host[0] ?? path, port: port[0] ?? 0, address: undefined }];
  }
  const resolved = await Promise.allSettled(host.map((name, index) => resolve(name, port[index] ?? 0)));
  const servers = resolved.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  const failed = resolved.find((each) => each.status === 'rejected');
  if (servers.length === 0 && failed !== undefined) throw failed.reason;
  return servers;
}

async function resolve(host: string, port: number): Promise<Server[]> {
  if (isIP(host) !== 0) return [{ host, port, address: host }];
  const found = await lookup(host, { all: true });
  const addresses = [...new Set(found.map(({ address }) => address))];
  return addresses.map((address) => ({ host, port, address }));
}

/** Options of postgres.js with which a client connects to this server alone, whatever else its URL names. */
export function toTarget({ host, port, address }: Server): postgres.Options<Record<string, never>> {
  if (address === undefined) return {};
  const open = (): Socket => {
    const socket = connect(port, address);
    // postgres.js takes the name for TLS from there.
    return Object.assign(socket, { host });
  };
  const target = { host, port, target_session_attrs: undefined, socket: open };
  return target;
}
