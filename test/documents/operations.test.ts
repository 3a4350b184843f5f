import { readdirSync, readFileSync } from 'node:fs';
import {
  isInterfaceType,
  isObjectType,
  Kind,
  OperationTypeNode,
  parse,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';
import { EXAMPLES, readExample, runEvent } from '../support/events/events.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const folder = new URL('../../schema/operations/', import.meta.url);
const files = readdirSync(folder).sort();

describe('the example operations', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService('postgres');
  });
  afterAll(() => service.close());

  it('are all among the tabs of GraphiQL', async () => {
    const page = await (await fetch(`${service.url}/graphql`, { headers: { accept: 'text/html' } })).text();
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const firstLine = readFileSync(new URL(file, folder), 'utf8').split('\n')[0] ?? '';
      expect(page, file).toContain(JSON.stringify(firstLine).slice(1, -1));
    }
  });

  for (const file of files) {
    const document = readFileSync(new URL(file, folder), 'utf8');
    it(`${file}: asks for the id of everything that has one`, () => {
      const typeInfo = new TypeInfo(schema);
      const without: string[] = [];
      const enter = ({ selections }: SelectionSetNode) => {
        const type = typeInfo.getParentType();
        if (!(isObjectType(type) || isInterfaceType(type)) || !('id' in type.getFields())) return;
        if (!selections.some((field) => field.kind === Kind.FIELD && field.name.value === 'id')) {
          without.push(type.name);
        }
      };
      visit(parse(document), visitWithTypeInfo(typeInfo, { SelectionSet: { enter } }));
      expect(without).toEqual([]);
    });
    for (const definition of parse(document).definitions) {
      if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
      const operationName = definition.name?.value ?? '';
      it(`${file}: ${operationName} is answered without an error`, async () => {
        if (definition.operation === OperationTypeNode.SUBSCRIPTION) {
          const live = service.client.as('tenant').subscribe(document);
          // Nothing tells when it has begun, so runs are sent until one of them arrives.
          const send = () => service.client.ingest(runEvent('tenant'));
          await expect
            .poll(() => send().then(() => live.received.length), { timeout: 20_000 })
            .toBeGreaterThan(0);
          expect(live.received[0].errors).toBeUndefined();
          await live.close();
          return;
        }
        const variables = { events: EXAMPLES.map(readExample) };
        const response = await fetch(`${service.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-tenant-id': 'id123' },
          body: JSON.stringify({ query: document, operationName, variables }),
        });
        expect(await response.json()).toEqual({
          data: expect.anything(),
          extensions: { cost: expect.anything() },
        });
      });
    }
  }
});
