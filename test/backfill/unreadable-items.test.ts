import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newTenant } from '../support/events/tenants.ts';
import { startBackfill, TestFolder } from '../support/processes/command-process.ts';
import { History, listDaysUntilNow, toAuditItem } from '../support/qlik/history.ts';
import { SimulatedTenant } from '../support/qlik/simulated-tenant.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

describe('items of the audit log that are no events', () => {
  let service: TestService;
  let folder: TestFolder;
  const days = listDaysUntilNow(95);

  beforeAll(async () => {
    service = await startTestService('postgres');
  });
  afterAll(() => service.close());
  beforeEach(() => {
    folder = new TestFolder();
  });
  afterEach(() => folder[Symbol.dispose]());

  test.each([
    ['a page', 'audits', days.at(-3) ?? '', ['--types', 'all']],
    ['a page, whatever the chosen types', 'audits', days.at(-3) ?? '', ['--types', 'app.deleted']],
    ['the archive', 'archive', days[0] ?? '', ['--types', 'all']],
  ] as const)(
    'are reported with status 1 in %s, and the others are sent',
    async (_what, place, day, types) => {
      const history = new History({ tenantId: newTenant(), seed: 5, days: [day], modelled: 5 });
      await using tenant = await SimulatedTenant.start({ history, apiKey: 'api-key' });
      const items = history.eventsOf(day).map((event) => toAuditItem(event, place));
      const data = [null, ...items, 42, 'text', [], null];
      tenant.intercept = () => ({ status: 200, body: place === 'archive' ? data : { data } });
      const urls = { tenant: tenant.url, service: service.url };
      const args = ['--from', day, '--to', day, ...types];
      await using command = startBackfill(urls, folder.path, args);
      const { status, stdout, stderr } = await command.result();
      expect(status).toBe(1);
      expect(stdout).toMatch(new RegExp(`^STORED +${types[1] === 'all' ? items.length : 0}$`, 'm'));
      expect(stdout).toMatch(/^REJECTED +[1-9]$/m);
      const line = 'event without id: REJECTED NOT_AN_OBJECT: An event is a JSON object.';
      expect(stderr).toContain(`${day}: ${line}\n`);
    },
  );
});
