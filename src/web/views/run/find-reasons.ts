/** A text of an event that may say why a run ended. */
export interface Reason {
  /** Where it stands, as a JSON Pointer. */
  path: string;
  text: string;
}

/** Member names whose text says why a run ended. Qlik documents none for this event. */
const NAMES = /^(?:error|errors|errorMessage|message|reason|failureReason|stopReason|warning|warnings)$/i;
const MOST_REASONS = 5;
const MOST_CHARACTERS = 500;

/** Lists the texts in raw events that may say why a run ended, each once. */
export function findReasons(events: readonly unknown[]): Reason[] {
  const found = new Map<string, Reason>();
  const search = (value: unknown, path: string, isReason: boolean) => {
    if (found.size >= MOST_REASONS) return;
    if (typeof value === 'string' && isReason && value.trim() !== '') {
      found.set(value, { path, text: value.slice(0, MOST_CHARACTERS) });
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      search(
        member,
        `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
        isReason || NAMES.test(name),
      );
    }
  };
  for (const event of events) search(event, '', false);
  return [...found.values()];
}
