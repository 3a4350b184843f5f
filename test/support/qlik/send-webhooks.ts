import { createHmac } from 'node:crypto';
import { type PastEvent, toWebhookBody } from './history.ts';

/** The value of the header `Qlik-Signature`: the hex HMAC-SHA256 of the body. */
export function sign(body: string, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

/** Sends one signed webhook, as Qlik Cloud does. Returns the status of the answer; never retries. */
export async function sendWebhook(url: string, event: PastEvent, secret: string): Promise<number> {
  const body = JSON.stringify(toWebhookBody(event));
  const headers = { 'content-type': 'application/json', 'qlik-signature': sign(body, secret) };
  const response = await fetch(url, { method: 'POST', headers, body });
  await response.body?.cancel();
  return response.status;
}
