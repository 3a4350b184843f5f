/** Returns how many TCP sockets this process has open; those below TLS count too. */
export function countSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}
