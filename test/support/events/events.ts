import { readFileSync } from 'node:fs';

export const EXAMPLES = [
  'app.created',
  'app.data.updated',
  'app.deleted',
  'app.exported',
  'app.published',
  'app.reload.finished',
  'automation.run.ended',
] as const;
export type Example = (typeof EXAMPLES)[number];

type Json = Record<string, unknown>;

/** One of Qlik's example events, as pasted from its pages. */
// biome-ignore lint/suspicious/noExplicitAny: tests change single members.
export function readExample(name: Example): any {
  return JSON.parse(readFileSync(new URL(`../../../schema/events/${name}.json`, import.meta.url), 'utf8'));
}

/** The same event of another tenant. */
// biome-ignore lint/suspicious/noExplicitAny: tests change single members.
export function readExampleOf(tenantId: string, name: Example): any {
  const example = readExample(name);
  if ('tenantid' in example) return { ...example, tenantid: tenantId };
  return { ...example, extensions: { ...example.extensions, tenantId } };
}

let counter = 0;

/**
 * A run event in the 1.0 envelope; every call another event and another run unless told otherwise.
 */
export function runEvent(tenantId: string, data: Json = {}, envelope: Json = {}): Json {
  counter += 1;
  return {
    specversion: '1.0',
    id: `event-${counter}`,
    source: 'com.qlik/automations',
    type: 'com.qlik.v1.automation.run.ended',
    time: '2026-01-01T00:00:00Z',
    tenantid: tenantId,
    toplevelresourceid: 'automation-1',
    data: { id: `run-${counter}`, status: 'finished', ...data },
    ...envelope,
  };
}

/** An app event in the 0.1 envelope. `type` as in `app.created`. */
export function appEvent(tenantId: string, type: string, data: Json, envelope: Json = {}): Json {
  counter += 1;
  const { extensions, ...others } = envelope;
  return {
    cloudEventsVersion: '0.1',
    source: 'com.qlik/engine',
    eventId: `event-${counter}`,
    eventType: `com.qlik.v1.${type}`,
    eventTime: '2026-01-01T00:00:00Z',
    extensions: { tenantId, userId: 'user-1', ...(extensions as Json | undefined) },
    data,
    ...others,
  };
}
