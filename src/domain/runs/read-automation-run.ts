import type { Instant } from '../values/instant.ts';
import {
  isJsonObject,
  isNone,
  type JsonObject,
  type JsonValue,
  type Place,
  toPointer,
} from '../values/json.ts';
import { isId } from '../values/text.ts';
import type { ValueReader } from '../values/value-reader.ts';
import {
  BLOCK_TYPE_WORDS,
  type BlockFacts,
  RUN_CONTEXT_WORDS,
  RUN_STATUS_WORDS,
  type RunFacts,
  type RunMetrics,
} from './automation-run.ts';

/** The facts about a run's automation. Only an object in `data.automation` has a name. */
export interface AutomationFacts {
  automationId: string;
  name: string | undefined;
}

/** Fields of the envelope that a run's facts fall back to. */
export interface RunEnvelope {
  userId: string | undefined;
  ownerId: string | undefined;
  spaceId: string | undefined;
  topLevelResourceId: string | undefined;
  time: Instant;
}

export interface AutomationRunReading {
  /** undefined if the event has no run id (`data.id`). */
  runId: string | undefined;
  run: RunFacts;
  automation: AutomationFacts | undefined;
}

const EMPTY_NETWORK: Place = { object: {}, path: '/data/metrics' };

/**
 * Reads the payload of a run event (Qlik's page "Run ended"). Blocks, network and API calls
 * occur in `data` and in `data.metrics`. Each field takes the first one that is present; the
 * two are never added.
 */
export function readAutomationRun(
  reader: ValueReader,
  data: Place,
  envelope: RunEnvelope,
): AutomationRunReading {
  const metricsPlace = reader.object(data, 'metrics');
  const metrics = metricsPlace && readMetrics(reader, metricsPlace);
  const network = reader.object(data, 'network') ?? EMPTY_NETWORK;
  const blocks = reader.list(data, 'blocks');
  const automation = readAutomation(reader, data, envelope.topLevelResourceId);
  return {
    runId: reader.id(data, 'id'),
    automation,
    run: {
      automationId: automation?.automationId,
      title: reader.text(data, 'title'),
      status: reader.word(data, 'status', RUN_STATUS_WORDS),
      context: reader.word(data, 'context', RUN_CONTEXT_WORDS),
      billable: reader.flag(data, 'billable'),
      isTestRun: reader.flag(data, 'testRun') ?? reader.flag(data, 'isTestRun'),
      isArchived: reader.flag(data, 'archived') ?? reader.flag(data, 'isArchived'),
      executedById: reader.id(data, 'executedById') ?? envelope.userId,
      ownerId: reader.id(data, 'ownerId') ?? envelope.ownerId,
      spaceId: reader.id(data, 'spaceId') ?? envelope.spaceId,
      createdAt: reader.instant(data, 'createdAt'),
      scheduledStartTime: reader.instant(data, 'scheduledStartTime'),
      startTime: reader.instant(data, 'startTime'),
      stopTime: reader.instant(data, 'stopTime'),
      updatedAt: reader.instant(data, 'updatedAt'),
      rxBytes: reader.count(network, 'rxBytes') ?? metrics?.rxBytes,
      txBytes: reader.count(network, 'txBytes') ?? metrics?.txBytes,
      totalApiCalls: reader.count(data, 'totalApiCalls') ?? metrics?.totalApiCalls,
      metrics,
      blocks: toBlocks(reader, blocks, toPointer(data.path, 'blocks'), metrics),
      lastEventAt: envelope.time,
    },
  };
}

function toBlocks(
  reader: ValueReader,
  list: JsonValue[] | undefined,
  path: string,
  metrics: RunMetrics | undefined,
): BlockFacts[] | undefined {
  const blocks = list !== undefined && list.length > 0 ? readBlocks(reader, list, path) : metrics?.blocks;
  // An empty list must not replace the blocks of another event.
  return blocks !== undefined && blocks.length > 0 ? blocks : undefined;
}

function readMetrics(reader: ValueReader, metrics: Place): RunMetrics {
  const network = reader.object(metrics, 'network');
  const blocks = reader.list(metrics, 'blocks') ?? [];
  return {
    rxBytes: network && reader.count(network, 'rxBytes'),
    txBytes: network && reader.count(network, 'txBytes'),
    hasNetwork: network !== undefined,
    totalApiCalls: reader.count(metrics, 'totalApiCalls'),
    blocks: readBlocks(reader, blocks, toPointer(metrics.path, 'blocks')),
  };
}

/** The most blocks read from one list. Real runs have dozens; hostile lists are longer. */
export const MAX_BLOCKS = 1000;

function readBlocks(reader: ValueReader, list: JsonValue[], path: string): BlockFacts[] {
  if (list.length > MAX_BLOCKS) {
    reader.warn('UNREADABLE_VALUE', `Only the first ${MAX_BLOCKS} blocks are read.`, path);
  }
  return list.slice(0, MAX_BLOCKS).flatMap((element, ordinal) => {
    const place = toPointer(path, ordinal);
    if (isJsonObject(element)) return [readBlock(reader, { object: element, path: place }, ordinal)];
    reader.warn('UNREADABLE_VALUE', 'This is not an object, so it is no block.', place);
    return [];
  });
}

function readBlock(reader: ValueReader, block: Place, ordinal: number): BlockFacts {
  const type = reader.word(block, 'type', BLOCK_TYPE_WORDS);
  return {
    ordinal,
    type: type?.word ?? 'UNKNOWN',
    typeName: type?.name,
    blockName: reader.text(block, 'blockName'),
    params: reader.list(block, 'params'),
    rxBytes: reader.count(block, 'rxBytes'),
    txBytes: reader.count(block, 'txBytes'),
    apiCalls: reader.count(block, 'apiCalls'),
    durationMs: reader.count(block, 'duration'),
    snippetId: reader.id(block, 'snippetId'),
    endpointId: reader.id(block, 'endpointId'),
    connectorId: reader.id(block, 'connectorId'),
  };
}

/** Reads the automation; its id is `toplevelresourceid`, else `data.automation` or its id. */
function readAutomation(
  reader: ValueReader,
  data: Place,
  resourceId: string | undefined,
): AutomationFacts | undefined {
  const value = data.object.automation;
  const path = toPointer(data.path, 'automation');
  const object: JsonObject = isJsonObject(value) ? value : { id: value ?? null };
  const place: Place = { object, path };
  const named = isId(object.id) ? object.id : undefined;
  if (named === undefined && !isNone(object.id)) {
    reader.warn(
      'UNREADABLE_VALUE',
      'This names no automation.',
      isJsonObject(value) ? toPointer(path, 'id') : path,
    );
  }
  if (named !== undefined && resourceId !== undefined && named !== resourceId) {
    reader.warn(
      'RESOURCE_MISMATCH',
      'data.automation and the top-level resource id name different automations.',
      path,
    );
  }
  const automationId = resourceId ?? named;
  if (automationId === undefined) return undefined;
  const isSame = named === undefined || named === automationId;
  return { automationId, name: isSame ? reader.text(place, 'name') : undefined };
}
