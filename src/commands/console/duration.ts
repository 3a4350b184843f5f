const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Whatever is longer is a slip of the hand. */
const LONGEST_MS = 36_525 * UNIT_MS.d;

/** Reads a duration such as 90d, 12h or 2w, also in minutes (m) and seconds (s), in milliseconds; undefined for what is none. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,12})([smhdw])$/.exec(text) ?? [];
  if (number === undefined || unit === undefined) return undefined;
  const ms = Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return ms <= LONGEST_MS ? ms : undefined;
}
