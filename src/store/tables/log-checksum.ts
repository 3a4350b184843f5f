/*
 * The checksum of a log: the sum of a number per event, modulo 2^48. It identifies the set of
 * events up to a position. Positions alone do not: after an older backup was restored, or an
 * asynchronous standby promoted, new events get positions that lost events had. A cursor
 * contains the checksum at its position, so a cursor of the lost part is refused instead of
 * skipping events. If the same events are stored again, in any order, cursors after the last of
 * them are valid again: a reader that has seen two events is not refused if they swap places.
 *
 * Events that were stored before there were checksums have none, and are not compared.
 */

const MODULUS = 2 ** 48;
/** Eight base64url characters of an event key are 48 bits. */
const KEY_CHARACTERS = 8;

/** Returns the checksum after an event has followed a log with the given checksum. */
export function addToChecksum(checksum: number, eventKey: string): number {
  return (checksum + toNumber(eventKey)) % MODULUS;
}

/** Returns the checksum before an event, from the checksum that includes the event. */
export function checksumBefore(checksum: number, eventKey: string): number {
  return (checksum - toNumber(eventKey) + MODULUS) % MODULUS;
}

/** Returns whether two checksums of one position are known and differ. */
export function isOtherChecksum(one: number | null, other: number | null): boolean {
  return one !== null && other !== null && one !== other;
}

/** The event key is a hash of source and event id, which no version of the service changes. */
function toNumber(eventKey: string): number {
  return Buffer.from(eventKey.slice(0, KEY_CHARACTERS), 'base64url').readUIntBE(0, 6);
}
