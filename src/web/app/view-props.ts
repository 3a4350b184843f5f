/** What every view gets: the id in its path; empty if the path has none. */
export interface ViewProps {
  id: string;
}
