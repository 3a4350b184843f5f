import type { NAMED_KINDS } from '../../domain/named-kind.ts';
import { recordNames } from '../../ingest/set-names.ts';
import { builder } from '../builder.ts';
import { describeValues } from '../describe-values.ts';

const NamedKindRef = builder.enumType('NamedKind', {
  description: 'What an id with a name identifies.',
  values: describeValues<(typeof NAMED_KINDS)[number]>({
    AUTOMATION: 'An automation.',
    CONNECTOR: 'A connector that blocks use.',
    ENDPOINT: 'An endpoint of a connector.',
    SPACE: 'A space.',
    USER: 'A user: an executor or an owner.',
  }),
});

const NameInputRef = builder.inputType('NameInput', {
  description: 'The name of an id that events leave unnamed.',
  fields: (t) => ({
    tenantId: t.id({ required: true, description: "Qlik's id of the tenant." }),
    kind: t.field({ type: NamedKindRef, required: true, description: 'What the id identifies.' }),
    id: t.id({ required: true, description: "Qlik's id, as in events. Upper and lower case differ." }),
    name: t.string({
      description: 'The name, of at most 1,000 characters. Null or an empty text removes the name.',
    }),
  }),
});

const SetNamesInputRef = builder.inputType('SetNamesInput', {
  description: 'Names to set and to remove.',
  fields: (t) => ({
    names: t.field({
      type: [NameInputRef],
      required: true,
      description: 'At most 1,000 names. Of two entries for one id the last one counts.',
    }),
    clientMutationId: t.string({ description: 'Any text. It is returned in the payload.' }),
  }),
});

interface SetNamesPayload {
  changed: number;
  clientMutationId: string | null | undefined;
}

const SetNamesPayloadRef = builder.objectRef<SetNamesPayload>('SetNamesPayload').implement({
  description: 'The result of setting names.',
  fields: (t) => ({
    changed: t.exposeInt('changed', {
      nullable: false,
      description: 'The number of names that differ from before.',
    }),
    clientMutationId: t.exposeString('clientMutationId', { description: 'The value from the input.' }),
  }),
});

builder.mutationField('setNames', (t) =>
  t.field({
    scope: 'events:ingest',
    type: SetNamesPayloadRef,
    nullable: false,
    extensions: { cost: { perItemOf: 'names' } },
    description:
      'Names ids that events leave unnamed. The latest call counts. It is safe to repeat. Needs the scope events:ingest.',
    args: {
      input: t.arg({ type: SetNamesInputRef, required: true, description: 'The names.' }),
    },
    resolve: async (_root, { input: { names, clientMutationId } }, { database, caller }) => ({
      changed: await recordNames(database, names, (tenantId) => caller.mayWrite(tenantId)),
      clientMutationId,
    }),
  }),
);
