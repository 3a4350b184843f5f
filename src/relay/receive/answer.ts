import type { ServerResponse } from 'node:http';

/** A delivery that is not taken. The message contains nothing of the delivery. */
export class RefusedDelivery extends Error {
  readonly status: 400 | 401 | 413 | 415 | 503;

  constructor(status: RefusedDelivery['status'], message: string) {
    super(message);
    this.status = status;
  }
}

/** Answers with a line of text. 503 asks the sender to retry in five seconds. */
export function answer(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  const retry = status === 503 ? { 'retry-after': '5' } : {};
  const all = { 'content-type': 'text/plain', 'cache-control': 'no-store', ...retry, ...headers };
  response.writeHead(status, all).end(`${text}\n`);
}
