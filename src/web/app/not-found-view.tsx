import { useLiveEvents } from '../data/use-live-events.ts';
import { Empty } from '../parts/states.tsx';
import { linkTo } from '../routing/place.ts';
import { ViewFrame } from './view-frame.tsx';

/** The view of an address that no view has. */
export function NotFoundView() {
  useLiveEvents(() => undefined);
  return (
    <ViewFrame name="not-found" state="not-found" title="Page not found" switches={[]}>
      <Empty title="This address has no view">
        <p>
          <a href={linkTo('/')}>Go to the overview</a>
        </p>
      </Empty>
    </ViewFrame>
  );
}
