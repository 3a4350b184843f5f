/** Returns an instant as the value of a datetime-local input in a zone: 2026-11-28T09:30. */
export function toLocal(instant: string | undefined, zone: string): string {
  if (instant === undefined) return '';
  const time = Date.parse(instant);
  return new Date(time + offsetAt(time, zone)).toISOString().slice(0, 16);
}

/**
 * Returns the instant of a datetime-local input in a zone; undefined if the input is empty. A time
 * that a clock change skips becomes the time as much later.
 */
export function fromLocal(value: string, zone: string): string | undefined {
  const wall = Date.parse(`${value}Z`);
  if (Number.isNaN(wall)) return undefined;
  const guess = wall - offsetAt(wall, zone);
  return new Date(wall - offsetAt(guess, zone)).toISOString();
}

/** Returns the offset of a zone from UTC at an instant, in milliseconds. */
function offsetAt(time: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  }).formatToParts(time);
  const read = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const wall = Date.UTC(
    read('year'),
    read('month') - 1,
    read('day'),
    read('hour'),
    read('minute'),
    read('second'),
  );
  return wall - Math.floor(time / 1_000) * 1_000;
}
