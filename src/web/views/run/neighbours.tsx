import { useQuery } from '../../data/use-query.ts';
import { formatInstant } from '../../format/times.ts';
import { OutcomeIcon } from '../../parts/outcome.tsx';
import { linkTo } from '../../routing/place.ts';
import { NeighboursDocument, type Run } from './run-documents.ts';

/** The previous and the next run of the automation. `cursor` is the run's in a list of runs. */
export function Neighbours({ run, cursor, zone }: { run: Run; cursor: string | undefined; zone: string }) {
  const { automationId } = run;
  const { data } = useQuery(
    NeighboursDocument,
    automationId === null || cursor === undefined
      ? undefined
      : { where: { automationId: { eq: automationId } }, cursor },
  );
  if (automationId === null) return null;
  const [previous] = data?.previous.nodes ?? [];
  const [next] = data?.next.nodes ?? [];
  return (
    <nav class="neighbours" aria-label="Runs of the same automation">
      <Neighbour label="← Previous run" name="previous-run" run={previous} zone={zone} />
      <a href={linkTo(`/automations/${encodeURIComponent(automationId)}`)}>
        {run.automation?.name ?? 'Automation'}
      </a>
      <Neighbour label="Next run →" name="next-run" run={next} zone={zone} />
    </nav>
  );
}

interface NeighbourProps {
  label: string;
  name: string;
  run: { runId: string; outcome: Run['outcome']; occurredAt: string } | undefined;
  zone: string;
}

function Neighbour({ label, name, run, zone }: NeighbourProps) {
  if (run === undefined) return <span class="muted">{label}: none</span>;
  return (
    <a href={linkTo(`/runs/${encodeURIComponent(run.runId)}`)} data-testid={name} data-run-id={run.runId}>
      {label} <OutcomeIcon outcome={run.outcome} /> {formatInstant(run.occurredAt, zone)}
    </a>
  );
}
