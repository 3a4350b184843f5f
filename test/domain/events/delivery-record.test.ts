import { describe, expect, it } from 'vitest';
import { runEvent } from '../../support/events/events.ts';
import { errorsOf, readEvent } from '../reading.ts';

const event = runEvent('tenant-1');
const record = {
  id: 'delivery-1',
  webhookId: 'webhook-1',
  eventType: 'com.qlik.v1.automation.run.ended',
  status: 'success',
  triggeredAt: '2026-01-01T00:00:00Z',
  request: { url: 'https://relay.example', headers: {}, body: JSON.stringify(event) },
  response: { statusCode: 200 },
};

describe("a webhook's delivery record", () => {
  it.each([
    ['whole', record],
    ['with the event as an object', { ...record, request: { body: event } }],
    ['of a delivery without an answer', { ...record, response: null }],
    ['with a tenant', { ...record, tenantId: 'tenant-1' }],
    ['without an id', { ...record, id: undefined }],
    ['with a type', { ...record, type: 'webhook.delivery' }],
  ])('is told from an event: %s', (_name, raw) => {
    expect(errorsOf(raw)).toEqual(['DELIVERY_RECORD /request/body']);
  });

  it('is not what only resembles one', () => {
    const { webhookId: _webhookId, ...nameless } = record;
    expect(errorsOf(nameless)).toContain('MISSING_ID /eventId');
    expect(errorsOf({ id: 'webhook-1', webhookId: 'webhook-1' })).toContain('MISSING_ID /eventId');
    expect(errorsOf({ data: record })).toContain('MISSING_ID /eventId');
  });

  it('is never what has an id, a type and a tenant', () => {
    const { id: _id, ...others } = record;
    expect(readEvent({ ...others, ...event, eventType: undefined }).facts.run).toBeDefined();
    expect(readEvent({ ...event, data: { ...record, id: 'run-1' } }).facts.run?.runId).toBe('run-1');
  });
});
