import { toName, toWords } from '../../format/names.ts';
import { formatCount, formatDuration } from '../../format/numbers.ts';
import { OutcomeIcon } from '../../parts/outcome.tsx';
import { findReasons } from './find-reasons.ts';
import type { Run } from './run-documents.ts';

/** In one sentence: how the run ended, and where to look. */
export function RunVerdict({ run }: { run: Run }) {
  if (run.outcome === 'SUCCESS') return null;
  const reasons = findReasons(run.events.nodes.map(({ raw }) => raw));
  const [last] = run.lastBlock.nodes;
  return (
    <section class={`panel verdict ${run.outcome.toLowerCase()}`} data-testid="verdict">
      <OutcomeIcon outcome={run.outcome} />
      <div>
        <h2>
          {toWords(run.statusName || run.status)}
          {run.durationMs !== null && ` after ${formatDuration(run.durationMs)}`}
        </h2>
        {reasons.map(({ path, text }) => (
          <p key={path}>
            <b>{text}</b> <code class="muted">{path}</code>
          </p>
        ))}
        <p class="muted">
          {last === undefined
            ? 'The events of this run report no blocks.'
            : `Its last block is “${toName(last.blockName, last.typeName)}”, number ${formatCount(last.ordinal + 1)} of ${formatCount(run.blocks.totalCount)}${last.durationMs === null ? '' : `, after ${formatDuration(last.durationMs)}`}.`}
          {reasons.length === 0 && ' The events contain no error message.'}
        </p>
      </div>
    </section>
  );
}
