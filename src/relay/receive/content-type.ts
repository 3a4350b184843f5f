import type { IncomingHttpHeaders } from 'node:http';
import { RefusedDelivery } from './answer.ts';

/** How a delivery carries its events. */
export type ContentMode =
  /** The body is an event or a list of events. */
  | 'structured'
  /** The headers `ce-*` are the attributes of one event, and the body is its data. */
  | 'binary';

const STRUCTURED = ['application/json', 'application/cloudevents+json', 'application/cloudevents-batch+json'];

/**
 * Returns the content mode of a delivery (CloudEvents HTTP binding, section 3). Throws a
 * RefusedDelivery with 415 unless the body is JSON in UTF-8 without compression.
 */
export function toContentMode(headers: IncomingHttpHeaders): ContentMode {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== '') {
    throw new RefusedDelivery(415, 'Send the body without Content-Encoding.');
  }
  const { 'content-type': type = '' } = headers;
  const media = type.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(type) ?? [];
  const isReadable = /^(?:utf-?8|us-ascii)$/i.test(charset);
  const isBinary = headers['ce-specversion'] !== undefined && !media.startsWith('application/cloudevents');
  if (isBinary && isReadable && (media === '' || /^application\/(?:[\w.+-]+\+)?json$/.test(media))) {
    return 'binary';
  }
  if (isReadable && !isBinary && STRUCTURED.includes(media)) return 'structured';
  throw new RefusedDelivery(415, `Send ${STRUCTURED.join(', ')}.`);
}
