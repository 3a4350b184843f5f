import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';

/** A request whose headers the server has taken, and whose body it waits for. */
export interface BegunRequest {
  sent: ClientRequest;
  /** Sends the body and gives the answer. */
  finish(body: string): Promise<IncomingMessage>;
}

/** Begins to post JSON to /graphql. A request that fails later does not throw. */
export async function beginRequest(
  url: string,
  headers: Record<string, string | number> = {},
): Promise<BegunRequest> {
  const sent = request(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', expect: '100-continue', ...headers },
  });
  sent.on('error', () => undefined);
  sent.flushHeaders();
  await once(sent, 'continue');
  return {
    sent,
    async finish(body) {
      sent.end(body);
      const [response] = await once(sent, 'response');
      return response;
    },
  };
}
