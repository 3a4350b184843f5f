import { type Message, validateMessage } from 'graphql-ws';
import { namesStoredDocument } from '../persisted/persisted-queries.ts';

/** A JSON object from a client, not validated yet. */
interface UncheckedMessage {
  type?: unknown;
  id?: unknown;
  payload?: unknown;
}

/** Parses a message. Text that is not a JSON object becomes an empty message, which is invalid. */
export function parseMessage(data: Buffer): UncheckedMessage {
  try {
    const value: unknown = JSON.parse(data.toString());
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** Returns a message of graphql-transport-ws, or undefined if it is not one. */
export function toValidMessage(message: UncheckedMessage): Message | undefined {
  // An operation that names a stored document has no document; it is refused when it is prepared.
  const { payload } = message;
  const namesDocument = namesStoredDocument(payload);
  try {
    return validateMessage(namesDocument ? { ...message, payload: { ...payload, query: '' } } : message);
  } catch {
    return undefined;
  }
}
