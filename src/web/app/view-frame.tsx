import type { ComponentChildren } from 'preact';
import { useContext, useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Rows } from '../data/use-rows.ts';
import { takeScroll } from '../routing/place.ts';
import type { Range } from '../routing/range.ts';
import { RangeSwitch } from './switches/range-switch.tsx';
import { ZoneSwitch } from './switches/zone-switch.tsx';
import { ShownPath } from './view-props.ts';

export type ViewState = 'loading' | 'ready' | 'empty' | 'error' | 'not-found';

/** Returns the state of a list. An error beside rows that are shown is not the list's state. */
export function toListState({
  error,
  isLoading,
  rows,
}: Pick<Rows<unknown>, 'error' | 'isLoading' | 'rows'>): ViewState {
  const isEmpty = rows.length === 0;
  if (error !== undefined && (isLoading || isEmpty)) return 'error';
  if (isLoading) return 'loading';
  return isEmpty ? 'empty' : 'ready';
}

interface ViewFrameProps {
  /** The name of `data-view`. */
  name: string;
  state: ViewState;
  title: string;
  /** The filter that the view shows. */
  where?: object;
  /** The range without one in the address. */
  range?: Range;
  /** The switches of the view; both unless stated. */
  switches?: readonly ('range' | 'zone')[];
  /** What stands beside the title: a link back, a total. */
  beside?: ComponentChildren;
  children: ComponentChildren;
}

/** The path whose view last took the focus. The first view leaves it to the browser. */
let focusedPath = location.pathname;

/** The root of a view: its hooks for tests, its heading, and its switches of range and zone. */
export function ViewFrame(props: ViewFrameProps) {
  const { name, state, title, where, range = 'all', switches = ['range', 'zone'], beside, children } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Qlik event graph`;
  }, [title]);
  const path = useContext(ShownPath);
  // Before the browser paints, so that a reader who goes back at once finds the place.
  useLayoutEffect(() => {
    // After a navigation, a screen reader and the Tab key continue at the new view.
    if (path === focusedPath) return;
    focusedPath = path;
    heading.current?.focus({ preventScroll: true });
    scrollTo(0, takeScroll());
  }, [path]);
  return (
    <section class="view" data-view={name} data-state={state} data-where={JSON.stringify(where ?? {})}>
      <header class="view-head">
        <div class="view-title">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {beside}
        </div>
        <div class="switches">
          {switches.includes('range') && <RangeSwitch fallback={range} />}
          {switches.includes('zone') && <ZoneSwitch />}
        </div>
      </header>
      {children}
    </section>
  );
}
