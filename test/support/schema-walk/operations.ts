import { type GraphQLSchema, getNamedType, isLeafType } from 'graphql';
import { type Arguments, type Knowledge, listForeign, listOwn, toBase } from './arguments.ts';
import { endOf, type OperationKind, type Path } from './paths.ts';
import { toComposite, toSelection } from './selections.ts';

export interface Operation {
  kind: OperationKind;
  /** The fields on the way down: `app.reloads.nodes.event`. */
  name: string;
  document: string;
  variables: Record<string, unknown>;
}

/** Writes the operation that selects the whole end of a path, with arguments for its last field. */
export function toOperation(
  schema: GraphQLSchema,
  kind: OperationKind,
  path: Path,
  knowledge: Knowledge,
  last?: Arguments,
): Operation {
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];
  const type = getNamedType(endOf(path).field.type);
  const shared: string[] = [];
  let inner = isLeafType(type) ? '' : `{ ${toSelection(schema, toComposite(type))} }`;
  for (const step of path.toReversed()) {
    const { parent, field, fragments } = step;
    const isEnd = step === endOf(path);
    const values = isEnd && last !== undefined ? last : toBase(parent.name, field, knowledge);
    const passed = field.args.flatMap((arg) => {
      if (values[arg.name] === undefined) return [];
      const variable = `v${declared.length}`;
      declared.push(`$${variable}: ${arg.type}`);
      variables[variable] = values[arg.name];
      return [`${arg.name}: $${variable}`];
    });
    if (fragments.length > 1) {
      shared.push(`fragment f${shared.length} on ${getNamedType(field.type).name} ${inner}`);
      inner = `{ ...f${shared.length - 1} }`;
    }
    const text = `${field.name}${passed.length > 0 ? `(${passed.join(', ')})` : ''} ${inner}`;
    const spread = fragments.map((name) => `... on ${name} { ${text} }`).join(' ');
    inner = `{ __typename ${fragments.length > 0 ? spread : text} }`;
  }
  // A subscription selects one field.
  if (kind === 'subscription') inner = inner.replace('{ __typename ', '{ ');
  const head = declared.length > 0 ? `${kind} (${declared.join(', ')})` : kind;
  const name = path.map(({ field }) => field.name).join('.');
  return { kind, name, document: [`${head} ${inner}`, ...shared].join(' '), variables };
}

/** Lists operations that select the ends of the paths with the caller's own arguments. */
export function listOwnOperations(
  schema: GraphQLSchema,
  kind: OperationKind,
  paths: readonly Path[],
  knowledge: Knowledge,
): Operation[] {
  return paths.flatMap((path) => {
    const { parent, field } = endOf(path);
    const others = path.length === 1 ? listOwn(parent.name, field, knowledge) : [];
    return [undefined, ...others].map((last) => toOperation(schema, kind, path, knowledge, last));
  });
}

/** Lists operations with an argument of the other tenant in the last field of each path. */
export function listForeignOperations(
  schema: GraphQLSchema,
  kind: OperationKind,
  paths: readonly Path[],
  knowledge: Knowledge,
): Operation[] {
  return paths.flatMap((path) => {
    const { parent, field } = endOf(path);
    return listForeign(parent.name, field, knowledge, path.length > 1).map((last) =>
      toOperation(schema, kind, path, knowledge, last),
    );
  });
}
