import { toCountText } from 'qlik-event-graph-ingest/console/format';
import { SET_NAMES } from 'qlik-event-graph-ingest/documents';
import { toChunks } from '../../../domain/chunks.ts';
import type { NamedKind } from '../../../domain/named-kind.ts';
import { Obstacle } from '../back-off.ts';
import type { QlikTenant } from '../qlik-tenant.ts';
import { readTokenTenant, type ServiceClient } from '../service-client.ts';
import { type KindNames, readNames } from './read-names.ts';

/** What names are read from and sent to. */
export interface NamePath {
  qlik: QlikTenant;
  service: ServiceClient;
  isDryRun: boolean;
  /** The tenants of the events that this run has sent. */
  tenantIds: ReadonlySet<string>;
  /** Receives a warning for each kind whose names cannot be read. */
  warn: (line: string) => void;
}

/** A mutation sets at most 1,000 names. */
const NAMES_AT_ONCE = 1_000;

const PLURALS: Partial<Record<NamedKind, string>> = {
  AUTOMATION: 'automations',
  CONNECTOR: 'connectors',
  SPACE: 'spaces',
  USER: 'users',
};

/**
 * Reads the names of the tenant and sets them. Returns a line for the summary. Throws an Obstacle
 * if the credentials are refused, if the tenant is unknown, and if the service does not set names.
 */
export async function sendNames(path: NamePath): Promise<string> {
  const { qlik, service, isDryRun, warn } = path;
  const { kinds, tenantId: listed } = await readNames(qlik);
  for (const { kind, problem } of kinds) {
    if (problem !== undefined) warn(`Not all names of ${PLURALS[kind]} could be read: ${problem}`);
  }
  const names = kinds.flatMap((found) => [...toInputs(found)]);
  let changed = 0;
  if (!isDryRun && names.length > 0) {
    const tenantId = await findTenant(path, listed);
    for (const chunk of toChunks(names, () => 1, NAMES_AT_ONCE)) {
      const some = chunk.map((name) => ({ ...name, tenantId }));
      const answer = await service.send<{ setNames?: { changed?: number } }>(
        SET_NAMES,
        { names: some },
        'set names',
      );
      changed += answer.setNames?.changed ?? 0;
    }
  }
  const counts = kinds.map((found) => `${toCountText(found.names.size)} ${PLURALS[found.kind]}`);
  return `names: ${counts.join(', ')}; ${isDryRun ? 'nothing was set' : `${toCountText(changed)} changed`}\n`;
}

function* toInputs({ kind, names }: KindNames): Generator<{ kind: NamedKind; id: string; name: string }> {
  for (const [id, name] of names) yield { kind, id, name };
}

/** Returns the tenant of the events, else of the users and spaces, else of the token. */
async function findTenant({ tenantIds, service }: NamePath, listed: string | undefined): Promise<string> {
  const [only] = tenantIds.size === 1 ? tenantIds : [];
  const known = only ?? listed;
  if (known !== undefined) return known;
  const tenantId = await readTokenTenant(service, 'say which tenant the names are of');
  if (tenantId === undefined) throw new Obstacle('The tenant of the names is unknown.');
  return tenantId;
}
