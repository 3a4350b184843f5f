import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEMO_TENANTS } from '../../src/commands/demo/history/demo-tenants.ts';
import { generateHistory } from '../../src/commands/demo/history/generate-history.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const OPTIONS = { seed: 1, untilMs: Date.parse('2026-11-28T10:00:00Z'), days: 60 };

describe('the history of the demo', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService('postgres');
  });
  afterAll(() => service?.close());

  test('is the same for the same seed, and another for another seed', () => {
    const [tenant] = DEMO_TENANTS.slice(-1);
    if (tenant === undefined) throw new Error('There is no tenant.');
    const first = JSON.stringify(generateHistory(tenant, OPTIONS));
    expect(JSON.stringify(generateHistory(tenant, OPTIONS))).toBe(first);
    expect(JSON.stringify(generateHistory(tenant, { ...OPTIONS, seed: 2 }))).not.toBe(first);
  });

  test('is by time, within 60 days, and has old and new names of types', () => {
    const types = new Set<string>();
    for (const tenant of DEMO_TENANTS) {
      const { events, recovered } = generateHistory(tenant, OPTIONS);
      const times = events.map(({ ms }) => ms);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(Math.max(...times)).toBeLessThan(OPTIONS.untilMs);
      expect(Math.min(...times)).toBeGreaterThanOrEqual(OPTIONS.untilMs - OPTIONS.days * 86_400_000);
      expect(new Set(times.map((ms) => Math.floor(ms / 86_400_000))).size).toBe(61);
      expect(recovered.length).toBeGreaterThan(0);
      for (const { event } of events) types.add(String(event.type ?? event.eventType));
    }
    const modelled = ['created', 'data.updated', 'deleted', 'exported', 'published'];
    for (const name of modelled) {
      expect([...types]).toContain(`com.qlik.v1.app.${name}`);
      expect([...types]).toContain(`com.qlik.app.${name}`);
    }
    expect([...types]).toContain('com.qlik.v1.app.reload.finished');
    expect([...types]).toContain('com.qlik.v1.automation.run.ended');
  });

  test('is stored without a warning, apart from the items that are meant for quarantine', async () => {
    for (const tenant of DEMO_TENANTS) {
      const { events, recovered, unusable } = generateHistory(tenant, { ...OPTIONS, share: 0.04 });
      const all = [...events, ...recovered].map(({ event }) => event);
      const receipts = [];
      for (let start = 0; start < all.length; start += 500) {
        receipts.push(...(await service.client.ingest(...all.slice(start, start + 500))).receipts);
      }
      const bad = receipts.filter(
        ({ outcome, warnings, errors }) => outcome !== 'STORED' || warnings.length > 0 || errors.length > 0,
      );
      expect(bad).toEqual([]);
      expect(receipts.length).toBeGreaterThan(150);
      const rest = await service.client.ingest(...unusable.map(({ event }) => event));
      expect(rest.receipts.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
        'QUARANTINED',
        'CONFLICT',
      ]);
    }
  });
});
