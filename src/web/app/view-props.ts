import { createContext } from 'preact';

/**
 * The path whose view is shown. After a navigation the address is ahead of it until the new view is
 * rendered.
 */
export const ShownPath = createContext('/');

/** What every view gets: the id in its path; empty if the path has none. */
export interface ViewProps {
  id: string;
}
