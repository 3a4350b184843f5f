import type { Origins } from '../../domain/merge/merge.ts';
import type { Instant } from '../../domain/values/instant.ts';

/** Origins as stored: each stamp is a list, and an empty `of` is absent. */
export interface StoredOrigins {
  stamps: [time: Instant, typeKey: string, source: string, eventId: string][];
  of?: Record<string, number>;
}

/** Writes origins in their stored form. It is short, because every row has one. */
export function toOriginsJson({ stamps, of }: Origins): string {
  const stored: StoredOrigins = {
    stamps: stamps.map(({ time, typeKey, source, eventId }) => [time, typeKey, source, eventId]),
    ...(Object.keys(of).length > 0 && { of }),
  };
  return JSON.stringify(stored);
}

/** Reads what `toOriginsJson` wrote. */
export function fromOriginsJson({ stamps, of }: StoredOrigins): Origins {
  return {
    stamps: stamps.map(([time, typeKey, source, eventId]) => ({ time, typeKey, source, eventId })),
    of: of ?? {},
  };
}
