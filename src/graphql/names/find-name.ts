import type { NamedKind } from '../../domain/named-kind.ts';
import { toNameKey } from '../../store/read/names.ts';
import type { GraphContext } from '../context.ts';

/** The description of a field that shows the name of an id. */
export function describeName(what: string): string {
  return `The name that \`setNames\` gave to the ${what}. Null without one.`;
}

/** Finds the name of an id. The names of one turn of the event loop are read together. */
export async function findName(
  { load }: GraphContext,
  kind: NamedKind,
  tenantId: string,
  id: string | null,
): Promise<string | undefined> {
  if (id === null) return undefined;
  return (await load.name.load({ tenantId, id: toNameKey(kind, id) }))?.name;
}
