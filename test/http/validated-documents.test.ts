import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnOneDatabase } from '../support/databases/databases.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

describeOnOneDatabase('a document that was validated before', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  test('has the same answer again, beside other documents', async () => {
    const documents = [
      '{ __typename }',
      '{ missing }',
      '{ apps { wrong totalCount } }',
      '{ apps { totalCount } }',
    ];
    const ask = () => Promise.all(documents.map((document) => service.client.as('one').request(document)));
    const first = await ask();
    expect(first.map(({ errors }) => errors?.length)).toEqual([undefined, 1, 1, undefined]);
    for (let time = 0; time < 3; time += 1) expect(await ask()).toEqual(first);
  });
});
