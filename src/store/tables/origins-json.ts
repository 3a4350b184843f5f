import type { Origins } from '../../domain/merge/merge.ts';
import type { Instant } from '../../domain/values/instant.ts';
import type { JsonValue } from '../../domain/values/json.ts';

interface StoredOrigins {
  stamps: [time: string, typeKey: string, source: string, eventId: string][];
  of?: Record<string, number>;
}

/** Origins as they are stored beside the values; short, because every row carries them. */
export function toOriginsJson({ stamps, of }: Origins): string {
  const stored: StoredOrigins = {
    stamps: stamps.map(({ time, typeKey, source, eventId }) => [time, typeKey, source, eventId]),
    ...(Object.keys(of).length > 0 && { of }),
  };
  return JSON.stringify(stored);
}

/** The reverse of `toOriginsJson`. */
export function fromOriginsJson(json: JsonValue): Origins {
  const { stamps, of } = json as unknown as StoredOrigins;
  return {
    stamps: stamps.map(([time, typeKey, source, eventId]) => ({
      time: time as Instant,
      typeKey,
      source,
      eventId,
    })),
    of: of ?? {},
  };
}
