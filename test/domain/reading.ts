import type { AppFacts, ReloadFacts } from '../../src/domain/apps/app.ts';
import { type ParsedEvent, parseEvent } from '../../src/domain/events/parse-event.ts';
import { type Merged, type Stamp, toMerged } from '../../src/domain/merge/merge.ts';
import type { RunFacts } from '../../src/domain/runs/automation-run.ts';
import { type Instant, parseInstant } from '../../src/domain/values/instant.ts';
import type { JsonObject } from '../../src/domain/values/json.ts';

/** An instant from its text. */
export function at(text: string): Instant {
  const parsed = parseInstant(text);
  if (parsed === undefined) throw new Error(`No time: ${text}`);
  return parsed.instant;
}

/** When everything in these tests is received, unless told otherwise. */
export const RECEIVED_AT = at('2026-06-01T12:00:00Z');

/** Reads what must become an event. */
export function readEvent(raw: object, receivedAt = RECEIVED_AT): ParsedEvent {
  const reading = parseEvent(raw as JsonObject, receivedAt);
  if (reading.kind === 'event') return reading.event;
  throw new Error(`No event: ${JSON.stringify(reading.errors)}`);
}

/** The findings about what cannot become an event, each as "CODE path"; none for an event. */
export function errorsOf(raw: object): string[] {
  const reading = parseEvent(raw as JsonObject, RECEIVED_AT);
  return reading.kind === 'event' ? [] : reading.errors.map(({ code, path }) => `${code} ${path}`);
}

/** The warnings about an event, each as "CODE path". */
export function warningsOf(raw: object, receivedAt = RECEIVED_AT): string[] {
  return readEvent(raw, receivedAt).warnings.map(({ code, path }) => `${code} ${path}`);
}

/** What an event that names a run says of it. */
export function runIn(raw: object): RunFacts {
  const { run } = readEvent(raw).facts;
  if (run === undefined) throw new Error('The event names no run.');
  return run.facts;
}

/** What an event that names an app says of it. */
export function appIn(raw: object): AppFacts {
  const { app } = readEvent(raw).facts;
  if (app === undefined) throw new Error('The event names no app.');
  return app.facts;
}

/** What a reload event says of its reload. */
export function reloadIn(raw: object): ReloadFacts {
  const { reload } = readEvent(raw).facts;
  if (reload === undefined) throw new Error('The event tells of no reload.');
  return reload;
}

/** What orders an event among others. */
export function toStamp({ time, typeKey, source, eventId }: ParsedEvent): Stamp {
  return { time, typeKey, source, eventId };
}

/** What one event says of its run, as a merge of one. */
export function toMergedRun(raw: object): Merged<RunFacts> {
  return toMerged(runIn(raw), toStamp(readEvent(raw)));
}

/** What one event says of its app, as a merge of one. */
export function toMergedApp(raw: object): Merged<AppFacts> {
  return toMerged(appIn(raw), toStamp(readEvent(raw)));
}
