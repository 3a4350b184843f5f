let counter = 0;

/** A tenant that no other test of this process writes to, so that tests can share a service. */
export function newTenant(): string {
  counter += 1;
  return `tenant-${counter}`;
}
