/** An operation that costs more than it may. */
export interface HostileOperation {
  name: string;
  query: string;
  variables?: Record<string, unknown>;
}

const times = (count: number, toText: (index: number) => string, separator = ' ') =>
  Array.from({ length: count }, (_, index) => toText(index)).join(separator);
const nest = (count: number, open: string, inner: string, close = '}') =>
  `${open.repeat(count)}${inner}${close.repeat(count)}`;

/** Documents that are large, deep, or grow when they are validated or executed. */
export function listHostileOperations(): HostileOperation[] {
  const documents: Record<string, string> = {
    '10,000 aliases': `{ ${times(10_000, (index) => `a${index}: __typename`)} }`,
    '300 aliases of one field': `{ ${times(300, (index) => `a${index}: viewer { tenantId }`)} }`,
    '10,000 fields without alias': `{ ${times(10_000, () => '__typename')} }`,
    '900 equal fields': `{ ${times(900, () => '__typename')} }`,
    '450 equal fields with fields of their own': `{ ${times(450, () => 'viewer { tenantId }')} }`,
    '60 equal fields that each have 60': `{ ${times(20, () => `viewer { ${times(60, () => 'tenantId')} }`)} }`,
    '2,000 levels': nest(2_000, '{ a ', '', '}'),
    '2,000 levels of known fields': `{ app(appId: "x") ${nest(2_000, '{ originApp ', '{ name }')} }`,
    '300 levels of known fields': `{ app(appId: "x") ${nest(300, '{ originApp ', '{ name }')} }`,
    '2,000 open brackets': '{ a'.repeat(2_000),
    'a cycle of one fragment': '{ ...a } fragment a on Query { ...a }',
    'a cycle of 300 fragments': `{ ...f0 } ${times(300, (index) => `fragment f${index} on Query { ...f${(index + 1) % 300} }`)}`,
    '150 fragments that each spread all others': `{ ...f0 } ${times(30, (index) => `fragment f${index} on Query { ${times(30, (other) => `...f${other}`)} }`)}`,
    '1,000 fragments that each spread the next twice': `{ ...f0 } ${times(1_000, (index) => `fragment f${index} on Query { ...f${index + 1} ...f${index + 1} }`)} fragment f1000 on Query { __typename }`,
    '150 fragments that each spread the next twice': `{ ...f0 } ${times(150, (index) => `fragment f${index} on Query { ...f${index + 1} ...f${index + 1} }`)} fragment f150 on Query { __typename }`,
    '80 fragments of equal fields': `{ ${times(80, (index) => `...f${index}`)} } ${times(80, (index) => `fragment f${index} on Query { apps { nodes { name } } }`)}`,
    '5,000 directives': `{ __typename ${times(5_000, () => '@include(if: true)')} }`,
    '5,000 unknown directives': `{ __typename ${times(5_000, () => '@aa')} }`,
    '600 unknown directives': `{ __typename ${times(600, () => '@aa')} }`,
    '200 directives': `{ __typename ${times(200, () => '@skip(if: false)')} }`,
    '4 KB of nested inline fragments': `{ ${nest(500, '...{ ', '__typename')} }`,
    '4 KB of nested inline fragments with conditions': `{ ${nest(250, '... on Query { ', '__typename')} }`,
    'inline fragments side by side at every level': `{ ${nest(90, '... { viewer { tenantId } ...{ ', 'viewer { tenantId } ', '} }')} }`,
    '600 inline fragments with equal fields': `{ ${times(150, () => '... { apps { nodes { name } } }')} }`,
    '300 operations': times(300, (index) => `query q${index} { __typename }`),
    '300 operations of one name': times(300, () => 'query q { __typename }'),
    'a name of 1 MB': `{ ${'a'.repeat(1_000_000)} }`,
    'an operation name of 1 MB': `query ${'a'.repeat(1_000_000)} { __typename }`,
    '300 unknown fields of 3,000 letters': `{ ${times(300, (index) => `a${index}${'b'.repeat(3_000)}`)} }`,
    '900 unknown fields': `{ ${times(900, (index) => `automationRun${index}`)} }`,
    '200 unknown arguments': `{ apps(${times(200, (index) => `firs${index}: 1`)}) { totalCount } }`,
    '200 unknown enum values': `{ apps(orderBy: [${times(150, (index) => `{ field: NAM${index} }`)}]) { totalCount } }`,
    'a string of 1 MB': `{ app(appId: "${'x'.repeat(1_000_000)}") { name } }`,
    'a string of 200,000 escapes': `{ app(appId: "${'\\u00e9'.repeat(200_000)}") { name } }`,
    'a block string of 300,000 lines': `{ app(appId: """${' \n'.repeat(300_000)}""") { name } }`,
    '500 block strings of 2 KB': `{ nodes(ids: [${times(500, () => `"""${' x\n'.repeat(700)}"""`)}]) { id } }`,
    'a number of 100,000 digits': `{ apps(first: ${'9'.repeat(100_000)}) { totalCount } }`,
    'a float of 100,000 digits': `{ apps(first: 1.${'9'.repeat(100_000)}e99999) { totalCount } }`,
    'a list 900 levels deep': `{ nodes(ids: ${'['.repeat(900)}${']'.repeat(900)}) { id } }`,
    'an input object 400 levels deep': `{ apps(where: ${nest(400, '{ not: ', '{}')}) { totalCount } }`,
    'a filter of 200 conditions that each nest': `{ apps(where: { or: [${times(60, () => '{ not: { not: { name: { eq: "x" } } } }')}] }) { totalCount } }`,
    '10,000 variable definitions': `query (${times(10_000, (index) => `$a${index}: Int`)}) { __typename }`,
    '400 unused variable definitions': `query (${times(400, (index) => `$a${index}: Int`)}) { __typename }`,
    '300 variables of one name': `query (${times(300, () => '$a: Int')}) { apps(first: $a) { totalCount } }`,
    'a variable type 900 levels deep': `query ($a: ${'['.repeat(900)}Int${']'.repeat(900)}) { __typename }`,
    '1 MB of comments': `${'#\n'.repeat(500_000)}{ __typename }`,
    'comments between tokens': `{ ${times(900, () => `__typename ${'#a\n'.repeat(300)}`)} }`,
    '1 MB of commas': `{ __typename ${','.repeat(1_000_000)} }`,
    '1 MB of byte order marks': `${'\uFEFF'.repeat(400_000)}{ __typename }`,
    '1 MB of unknown characters': `{ ${'\u{1f600}'.repeat(250_000)} }`,
    'introspection in circles': `{ __schema { types { ${nest(8, 'fields { type { ', 'name', '} }')} } } }`,
    'introspection by 12 aliases': `{ ${times(12, (index) => `a${index}: __schema { types { name fields { name args { name } } } }`)} }`,
    'a mutation of 200 fields': `mutation { ${times(200, (index) => `a${index}: discardQuarantinedEvents(input: { ids: [] }) { discarded }`)} }`,
    'a subscription of 200 fields': `subscription { ${times(200, (index) => `a${index}: eventStored { cursor }`)} }`,
    'type definitions': times(300, (index) => `type T${index} { a: Int }`),
  };
  const deep = JSON.parse(nest(1_000, '{"not":', '{}'));
  const withVariables: HostileOperation[] = [
    {
      name: 'a variable of 1,000 levels',
      query: 'query ($where: AppFilter) { apps(where: $where) { totalCount } }',
      variables: { where: deep },
    },
    {
      name: 'a filter of 5,000 conditions',
      query: 'query ($where: AppFilter) { apps(where: $where) { totalCount } }',
      variables: { where: { or: Array.from({ length: 5_000 }, () => ({ name: { eq: 'x' } })) } },
    },
    {
      name: '100,000 ids',
      query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
      variables: { ids: Array.from({ length: 100_000 }, (_, index) => `id-${index}`) },
    },
    {
      name: 'a variable of 1 MB',
      query: 'query ($id: ID!) { app(appId: $id) { name } }',
      variables: { id: 'x'.repeat(1_000_000) },
    },
    {
      name: '50,000 wrong values in a list',
      query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
      variables: { ids: Array.from({ length: 50_000 }, () => ({})) },
    },
    {
      name: '50,000 unknown fields in an input object',
      query: 'query ($where: AppFilter) { apps(where: $where) { totalCount } }',
      variables: {
        where: Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`nam${index}`, 1])),
      },
    },
    {
      name: '100,000 variables that are not declared',
      query: '{ __typename }',
      variables: Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`v${index}`, index])),
    },
  ];
  return [...Object.entries(documents).map(([name, query]) => ({ name, query })), ...withVariables];
}
