import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestEnd } from '../run/concurrent-test.ts';

type Json = Record<string, unknown>;

/** What a stand-in for the service answers: receipts for each event, or something else. */
export type Answer = { status?: number; headers?: Record<string, string>; body: unknown } | 'cut off';

export interface RecordingService {
  url: string;
  /** The events of each request that got receipts. */
  batches: Json[][];
  /** Every event that got a receipt, in order. */
  readonly events: Json[];
  authorizations: (string | undefined)[];
  requests: number;
  /** Replaces the answer to a request; undefined answers with receipts. */
  fault: (events: Json[]) => Answer | undefined;
  /** How long the answer to a request takes. */
  delayMs: (events: Json[]) => number;
  /** The outcome of an event. */
  outcomeOf: (event: Json) => string;
}

/**
 * A stand-in for the service that stores nothing. Tests of how the relay sends use it where the
 * real service never answers so.
 */
export async function startRecordingService(port = 0): Promise<RecordingService> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { events } = JSON.parse(Buffer.concat(chunks).toString()).variables as { events: Json[] };
    service.requests += 1;
    service.authorizations.push(request.headers.authorization);
    await sleep(service.delayMs(events));
    const fault = service.fault(events);
    if (fault === 'cut off') return void request.socket.destroy();
    if (fault !== undefined) {
      response.writeHead(fault.status ?? 200, { 'content-type': 'application/json', ...fault.headers });
      return void response.end(typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body));
    }
    service.batches.push(events);
    const receipts = events.map((event) => {
      const outcome = service.outcomeOf(event);
      const errors = outcome === 'REJECTED' ? [{ code: 'TOO_DEEP', message: 'Too deep.', path: null }] : [];
      return { outcome, eventId: event.id, errors };
    });
    response.end(JSON.stringify({ data: { ingestEvents: { receipts } } }));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const service: RecordingService = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    batches: [],
    get events() {
      return this.batches.flat();
    },
    authorizations: [],
    requests: 0,
    fault: () => undefined,
    delayMs: () => 0,
    outcomeOf: () => 'STORED',
  };
  onTestEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return service;
}

/** An answer with a GraphQL error. */
export function toError(code: string, extensions: Json = {}, status = 200): Answer {
  return { status, body: { errors: [{ message: 'No.', extensions: { code, ...extensions } }] } };
}
