import { formatFullInstant, formatInstant } from '../../format/times.ts';

/** A cell of a row with an instant; `text` replaces it, and the full instant stays as the title. */
export function TimeCell({
  instant,
  zone,
  text,
}: {
  instant: string | null | undefined;
  zone: string;
  text?: string;
}) {
  return (
    <div role="cell" class="cell-time">
      {instant ? (
        <time dateTime={instant} title={formatFullInstant(instant, zone)}>
          {text ?? formatInstant(instant, zone)}
        </time>
      ) : (
        '–'
      )}
    </div>
  );
}
