import { Refusal } from '../domain/refusal.ts';
import { builder } from './builder.ts';
import { type GraphContext, requireReader } from './context.ts';
import { parseGlobalId } from './global-id.ts';

/** A row with the name of its type. */
interface NodeRecord {
  __typename: string;
}

/** How the rows of a type are found. */
interface NodeType {
  /** The tenants whose rows the request may see; refuses who may see none. */
  requireOwners: RequireOwners;
  /** Finds the row behind the keys of a global id, within a tenant. */
  find(context: GraphContext, tenantId: string, keys: (string | number)[]): Promise<NodeRecord | undefined>;
}

type RequireOwners = (context: GraphContext) => Promise<readonly string[]>;

const requireReaders: RequireOwners = async (context) => [await requireReader(context)];

const nodeTypes = new Map<string, NodeType>();

/**
 * Makes a type's rows findable by global id, for readers unless told otherwise. Keys are checked for their number and kind: 's'
 * text, 'n' number.
 */
export function registerNode<Row extends object, Keys extends (string | number)[]>(
  typeName: string,
  kinds: string,
  find: (context: GraphContext, tenantId: string, keys: Keys) => Promise<Row | undefined>,
  requireOwners: RequireOwners = requireReaders,
): void {
  nodeTypes.set(typeName, {
    requireOwners,
    async find(context, tenantId, keys) {
      if (keys.map((key) => (typeof key === 'string' ? 's' : 'n')).join('') !== kinds) return undefined;
      const row = await find(context, tenantId, keys as Keys);
      return row ? { ...row, __typename: typeName } : undefined;
    },
  });
}

export const NodeRef = builder.interfaceRef<object>('Node').implement({
  description: 'Anything that has a global id.',
  resolveType: (node) => (node as NodeRecord).__typename,
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description:
        "Global id, opaque. Another tenant's id resolves to null, exactly like an id that does not exist.",
      resolve: () => '',
    }),
  }),
});

const MAX_IDS = 100;

async function findNode(context: GraphContext, id: string): Promise<NodeRecord | null> {
  const globalId = parseGlobalId(id);
  const nodeType = globalId && nodeTypes.get(globalId.typeName);
  const owners = await (nodeType?.requireOwners ?? requireReaders)(context);
  if (globalId === undefined || nodeType === undefined || !owners.includes(globalId.tenantId)) return null;
  return (await nodeType.find(context, globalId.tenantId, globalId.keys)) ?? null;
}

builder.queryFields((t) => ({
  node: t.field({
    type: NodeRef,
    description:
      'The node with this global id; null for an id that is unknown, unusable or of another tenant.',
    args: { id: t.arg.id({ required: true, description: 'A global id.' }) },
    resolve: (_root, { id }, context) => findNode(context, id),
  }),
  nodes: t.field({
    type: [NodeRef],
    nullable: { list: false, items: true },
    description:
      'The nodes with these global ids, at most 100, in the order asked; null for each that is not there.',
    args: { ids: t.arg.idList({ required: true, description: 'Global ids.' }) },
    resolve: async (_root, { ids }, context) => {
      if (ids.length === 0) await requireReaders(context);
      if (ids.length > MAX_IDS) throw new Refusal('BAD_USER_INPUT', `ids: more than ${MAX_IDS} ids.`);
      return Promise.all(ids.map((id) => findNode(context, id)));
    },
  }),
}));
