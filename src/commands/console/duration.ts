const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A longer duration is taken for a mistake. */
const LONGEST_MS = 36_525 * UNIT_MS.d;

/**
 * Parses a duration such as 90d, 12h, 2w, 30m or 45s. Returns milliseconds, or undefined if
 * the text is not a duration.
 */
export function parseDuration(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,12})([smhdw])$/.exec(text) ?? [];
  if (number === undefined || unit === undefined) return undefined;
  const ms = Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return ms <= LONGEST_MS ? ms : undefined;
}
