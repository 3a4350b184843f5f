import type { EventEnvelope } from '../events/envelope.ts';
import type { Instant } from '../values/instant.ts';
import type { Place } from '../values/json.ts';
import type { ValueReader } from '../values/value-reader.ts';
import { RELOAD_STATUS_WORDS, type ReloadFacts } from './app.ts';

export interface ReloadReading {
  reload: ReloadFacts;
  fileBytes: number | undefined;
  /** The app's space; only the payload of `app.reload.ended` names it. */
  spaceId: string | undefined;
}

/**
 * Reads the payload of a reload. Qlik's page of the 0.1 event documents `duration` in seconds,
 * the page of the 1.0 event in milliseconds. LEGACY_0_1 is read as seconds, every other
 * envelope as milliseconds.
 */
export function readAppReload(
  reader: ValueReader,
  data: Place,
  envelope: { envelope: EventEnvelope; time: Instant },
): ReloadReading {
  const size = reader.object(data, 'size');
  const duration = reader.count(data, 'duration');
  const endTime = reader.instant(data, 'endTime');
  return {
    fileBytes: size && reader.count(size, 'file'),
    spaceId: reader.id(data, 'spaceId'),
    reload: {
      reloadId: reader.id(data, 'reloadId'),
      appName: reader.text(data, 'name'),
      status: reader.word(data, 'status', RELOAD_STATUS_WORDS),
      endTime,
      occurredAt: endTime ?? envelope.time,
      duration,
      durationMs: toReloadMs(reader, data, duration, envelope.envelope),
      peakMemoryBytes: reader.count(data, 'peakMemoryBytes'),
      memoryBytes: size && reader.count(size, 'memory'),
      errors: reader.list(data, 'errors') ?? [],
      warnings: reader.list(data, 'warnings') ?? [],
      statements: reader.list(data, 'statements') ?? [],
    },
  };
}

function toReloadMs(
  reader: ValueReader,
  data: Place,
  duration: number | undefined,
  envelope: EventEnvelope,
): number | undefined {
  if (duration === undefined || envelope !== 'LEGACY_0_1') return duration;
  const ms = duration * 1000;
  if (Number.isSafeInteger(ms)) return ms;
  return reader.warn(
    'UNREADABLE_VALUE',
    'In milliseconds this duration exceeds 2^53−1.',
    `${data.path}/duration`,
  );
}
