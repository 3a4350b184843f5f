import type { JSX } from 'preact';
import { toWords } from '../format/names.ts';

export type Outcome = 'SUCCESS' | 'WARNING' | 'FAILURE' | 'STOPPED' | 'PENDING' | 'UNKNOWN';

/** The outcomes, the one that needs attention first. */
export const OUTCOMES: readonly Outcome[] = [
  'FAILURE',
  'WARNING',
  'SUCCESS',
  'STOPPED',
  'PENDING',
  'UNKNOWN',
];

/** Each outcome has a shape of its own, so that no reader depends on colours. */
const SHAPES: Readonly<Record<Outcome, JSX.Element>> = {
  SUCCESS: <path d="M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1ZM4.6 8.2 7 10.6l4.4-4.8" />,
  FAILURE: <path d="M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2ZM5.5 5.5l5 5m0-5-5 5" />,
  WARNING: <path d="M8 1.5 15.2 14.5H.8ZM8 6v4m0 2.2v.6" />,
  STOPPED: <path d="M2 2h12v12H2ZM5.5 8h5" />,
  PENDING: <path d="M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1ZM8 4.2V8l2.6 1.8" />,
  UNKNOWN: <path d="M8 .8 15.2 8 8 15.2.8 8ZM8 5v3.4m0 2v.6" />,
};

/** The shape of an outcome. The text beside it says the same. */
export function OutcomeIcon({ outcome }: { outcome: Outcome }) {
  return (
    <svg class={`outcome-icon ${outcome.toLowerCase()}`} viewBox="0 0 16 16" aria-hidden="true">
      {SHAPES[outcome]}
    </svg>
  );
}

/** An outcome as shape and text. `text`, such as the exact status, replaces its name. */
export function OutcomeBadge({ outcome, text }: { outcome: Outcome; text?: string | null | undefined }) {
  return (
    <span class={`outcome ${outcome.toLowerCase()}`}>
      <OutcomeIcon outcome={outcome} />
      {toWords(text || outcome)}
    </span>
  );
}

/** Returns the outcome whose shape and colour the status of a reload has. */
export function toReloadOutcome(status: string): Outcome {
  if (status === 'SUCCEEDED') return 'SUCCESS';
  if (status === 'FAILED' || status === 'EXCEEDED_LIMIT') return 'FAILURE';
  return status === 'CANCELED' ? 'STOPPED' : 'UNKNOWN';
}
