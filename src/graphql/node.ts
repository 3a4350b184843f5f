import { Refusal } from '../domain/refusal.ts';
import { builder } from './builder.ts';
import type { ListCost } from './connections/list-cost.ts';
import { type GraphContext, readActingTenant, type Scope } from './context.ts';
import { parseGlobalId } from './global-id.ts';
import { requireAccess } from './scopes.ts';

/** A row with the name of its GraphQL type. */
interface NodeRecord {
  __typename: string;
}

/** How `node` finds the rows of a type. */
interface NodeType {
  access: NodeAccess;
  /** Finds the row that the keys of a global id identify, within a tenant. */
  find(context: GraphContext, tenantId: string, keys: (string | number)[]): Promise<NodeRecord | undefined>;
}

/** Who may find the rows of a type. */
interface NodeAccess {
  scope: Scope;
  /** Lists the tenants whose rows the request may read. */
  listOwners(context: GraphContext): Promise<readonly string[]>;
}

const READERS: NodeAccess = {
  scope: 'events:read',
  listOwners: async (context) => [(await readActingTenant(context)).tenantId],
};

const nodeTypes = new Map<string, NodeType>();

/**
 * Registers how `node` finds the rows of a type. `kinds` has one letter per key, 's' for text and
 * 'n' for a number; an id with other keys finds nothing. `access` defaults to readers of the
 * tenant.
 */
export function registerNode<Row extends object, Keys extends (string | number)[]>(
  typeName: string,
  kinds: string,
  find: (context: GraphContext, tenantId: string, keys: Keys) => Promise<Row | undefined>,
  access: NodeAccess = READERS,
): void {
  nodeTypes.set(typeName, {
    access,
    async find(context, tenantId, keys) {
      if (keys.map((key) => (typeof key === 'string' ? 's' : 'n')).join('') !== kinds) return undefined;
      const row = await find(context, tenantId, keys as Keys);
      return row ? { ...row, __typename: typeName } : undefined;
    },
  });
}

export const NodeRef = builder.interfaceRef<object>('Node').implement({
  description: 'An object with a global id.',
  resolveType: (node) => (node as NodeRecord).__typename,
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description:
        "The opaque global id. The id of another tenant's object resolves to null, like an id that does not exist.",
      resolve: () => '',
    }),
  }),
});

const MAX_IDS = 100;

async function requireOwners(context: GraphContext, access: NodeAccess): Promise<readonly string[]> {
  requireAccess(context.caller, access.scope);
  return access.listOwners(context);
}

async function findNode(context: GraphContext, id: string): Promise<NodeRecord | null> {
  const globalId = parseGlobalId(id);
  const nodeType = globalId && nodeTypes.get(globalId.typeName);
  const owners = await requireOwners(context, nodeType?.access ?? READERS);
  if (globalId === undefined || nodeType === undefined || !owners.includes(globalId.tenantId)) return null;
  return (await nodeType.find(context, globalId.tenantId, globalId.keys)) ?? null;
}

builder.queryFields((t) => ({
  node: t.field({
    scope: 'of the node type',
    type: NodeRef,
    description:
      'The object with this global id. Null if the id is unknown, malformed, or of another tenant.',
    args: {
      id: t.arg.id({ required: true, description: 'The global id, from the field `id` of any object.' }),
    },
    resolve: (_root, { id }, context) => findNode(context, id),
  }),
  nodes: t.field({
    scope: 'of the node type',
    type: [NodeRef],
    nullable: { list: false, items: true },
    extensions: { cost: { default: MAX_IDS, max: MAX_IDS } satisfies ListCost },
    description:
      'The objects with these global ids, in the order of `ids`. An entry is null if its id is unknown, malformed, or of another tenant.',
    args: { ids: t.arg.idList({ required: true, description: 'Global ids, at most 100.' }) },
    resolve: async (_root, { ids }, context) => {
      if (ids.length === 0) await requireOwners(context, READERS);
      if (ids.length > MAX_IDS) throw new Refusal('BAD_USER_INPUT', `ids: more than ${MAX_IDS} ids.`);
      return Promise.all(ids.map((id) => findNode(context, id)));
    },
  }),
}));
