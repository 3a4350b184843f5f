import { Agent, request } from 'node:http';

/** A GraphQL request. */
export interface Operation {
  query: string;
  variables?: Record<string, unknown>;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/**
 * Posts an operation over a connection that is kept, and gives the answer's `data`; throws if it
 * has errors.
 */
export async function post(
  url: string,
  operation: Operation,
  headers: Record<string, string> = {},
): Promise<unknown> {
  const { data, errors } = JSON.parse(await send(url, JSON.stringify(operation), headers));
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

/** Posts a body and gives the answer's text; throws if its status is not 200. */
export async function send(url: string, body: string, headers: Record<string, string> = {}): Promise<string> {
  const { status, text } = await exchange(agent, url, body, { accept: 'application/json', ...headers });
  if (status !== 200) throw new Error(`${status}: ${text}`);
  return text;
}

/** Posts a JSON body and gives the answer, whatever its status. */
export function exchange(
  agent: Agent,
  url: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const length = Buffer.byteLength(body);
    const outgoing = request(
      url,
      {
        agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': length, ...headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
