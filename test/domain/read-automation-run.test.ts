import { describe, expect, it } from 'vitest';
import { runEvent } from '../support/events/events.ts';
import { readEvent, runIn, warningsOf } from './reading.ts';

type Data = Record<string, unknown>;
const runWith = (data: Data, envelope: Data = {}) => runIn(runEvent('tenant-1', data, envelope));
const warnings = (data: Data, envelope: Data = {}) => warningsOf(runEvent('tenant-1', data, envelope));

describe('the status of a run', () => {
  it.each([
    ['finished with warnings', 'FINISHED_WITH_WARNINGS'],
    ['Finished With Warnings', 'FINISHED_WITH_WARNINGS'],
    ['FINISHED_WITH_WARNINGS', 'FINISHED_WITH_WARNINGS'],
    ['finishedWithWarnings', 'FINISHED_WITH_WARNINGS'],
    ['finished-with-warnings', 'FINISHED_WITH_WARNINGS'],
    ['must_stop', 'MUST_STOP'],
    ['must stop', 'MUST_STOP'],
    ['exceeded limit', 'EXCEEDED_LIMIT'],
    ['not started', 'NOT_STARTED'],
    ['queued', 'QUEUED'],
    ['running', 'RUNNING'],
    ['Starting', 'STARTING'],
    ['stopped', 'STOPPED'],
    ['failed', 'FAILED'],
    [' finished ', 'FINISHED'],
  ])('%j is %s, and is kept as sent', (name, word) => {
    expect(runWith({ status: name }).status).toEqual({ word, name });
    expect(warnings({ status: name })).toEqual([]);
  });

  it.each(['paused', 'unknown', 'finished 2', 'échec failed', '失败', '---', 'constructor'])(
    '%j is UNKNOWN, with a warning, and is kept as sent',
    (name) => {
      expect(runWith({ status: name }).status).toEqual({ word: 'UNKNOWN', name });
      expect(warnings({ status: name })).toEqual(['UNKNOWN_ENUM_VALUE /data/status']);
    },
  );

  it('that is no text is none', () => {
    expect(runWith({ status: 5 }).status).toBeUndefined();
    expect(warnings({ status: 5 })).toEqual(['UNREADABLE_VALUE /data/status']);
  });
});

describe('the context of a run', () => {
  it.each([
    ['test_run', 'TEST_RUN'],
    ['Test Run', 'TEST_RUN'],
    ['editor', 'EDITOR'],
    ['detail', 'DETAIL'],
    ['api_sync', 'API_SYNC'],
    ['apiAsync', 'API_ASYNC'],
    ['webhook', 'WEBHOOK'],
    ['lookup', 'LOOKUP'],
    ['api', 'API'],
    ['interactive', 'INTERACTIVE'],
    ['Scheduler', 'SCHEDULER'],
  ])('%j is %s', (name, word) => {
    expect(runWith({ context: name }).context).toEqual({ word, name });
    expect(warnings({ context: name })).toEqual([]);
  });

  it('of another name is UNKNOWN, with a warning', () => {
    expect(runWith({ context: 'moon phase' }).context).toEqual({ word: 'UNKNOWN', name: 'moon phase' });
    expect(warnings({ context: 'moon phase' })).toEqual(['UNKNOWN_ENUM_VALUE /data/context']);
  });
});

describe('whether a run is a test or archived', () => {
  it('is told by the newer names, else by the older ones', () => {
    expect(runWith({ testRun: true, isTestRun: false, archived: 'false', isArchived: true })).toMatchObject({
      isTestRun: true,
      isArchived: false,
    });
    expect(runWith({ isTestRun: true, isArchived: 'FALSE' })).toMatchObject({
      isTestRun: true,
      isArchived: false,
    });
    expect(runWith({ testRun: null, isTestRun: true, archived: '', isArchived: true })).toMatchObject({
      isTestRun: true,
      isArchived: true,
    });
  });
});

describe('who and where a run belongs to', () => {
  const envelope = { userid: 'user-1', ownerid: 'owner-1', spaceid: 'space-1' };

  it('is told by the data', () => {
    const data = { executedById: 'user-2', ownerId: 'owner-2', spaceId: 'space-2' };
    expect(runWith(data, envelope)).toMatchObject(data);
  });

  it.each([[undefined], [''], [null], [5]])('is told by the envelope where the data holds %j', (none) => {
    expect(runWith({ executedById: none, ownerId: none, spaceId: none }, envelope)).toMatchObject({
      executedById: 'user-1',
      ownerId: 'owner-1',
      spaceId: 'space-1',
    });
  });
});

describe('the automation of a run', () => {
  const automationIn = (automation: unknown, resourceId: string | null = null) => {
    const event = readEvent(runEvent('tenant-1', { automation }, { toplevelresourceid: resourceId }));
    return event.facts.automation;
  };

  it('is the top-level resource, else data.automation as a text or an object', () => {
    expect(automationIn(undefined, 'a')).toEqual({ automationId: 'a', name: undefined });
    expect(automationIn('b')).toEqual({ automationId: 'b', name: undefined });
    expect(automationIn({ id: 'c', name: 'Nightly' })).toEqual({ automationId: 'c', name: 'Nightly' });
    expect(automationIn({ name: 'Nightly' }, 'a')).toEqual({ automationId: 'a', name: 'Nightly' });
    expect(automationIn(undefined)).toBeUndefined();
    expect(automationIn({ name: 'Nightly' })).toBeUndefined();
  });

  it('that data.automation contradicts is the top-level resource, under no other name, with a warning', () => {
    const resource = { toplevelresourceid: 'a' };
    const mismatch = ['RESOURCE_MISMATCH /data/automation'];
    expect(automationIn({ id: 'b', name: 'Another' }, 'a')).toEqual({ automationId: 'a', name: undefined });
    expect(warnings({ automation: { id: 'b', name: 'Another' } }, resource)).toEqual(mismatch);
    expect(warnings({ automation: 'b' }, resource)).toEqual(mismatch);
    expect(warnings({ automation: { id: 'a' } }, resource)).toEqual([]);
    expect(runWith({ automation: 'b' }, resource).automationId).toBe('a');
  });

  it('stays unread, with a warning, where data.automation names none', () => {
    expect(warnings({ automation: 5 })).toEqual(['UNREADABLE_VALUE /data/automation']);
    expect(warnings({ automation: ['a'] })).toEqual(['UNREADABLE_VALUE /data/automation']);
    expect(warnings({ automation: { id: 5 } })).toEqual(['UNREADABLE_VALUE /data/automation/id']);
    expect(automationIn({ id: 5 }, 'a')?.automationId).toBe('a');
  });

  it('is known even if the event names no run', () => {
    for (const id of [undefined, null, '', 5]) {
      const { facts } = readEvent(runEvent('tenant-1', { id }));
      expect(facts.run).toBeUndefined();
      expect(facts.automation?.automationId).toBe('automation-1');
    }
  });
});
