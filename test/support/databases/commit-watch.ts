/** `SSLRequest`, which may come before the startup message. */
const SSL_REQUEST = 80_877_103;

/**
 * Reads what one PostgreSQL client sends, in pieces of any size, and returns for each piece whether
 * a COMMIT ends in it (PostgreSQL, "Message Formats"): sent as a simple query, or bound to a
 * statement that was parsed as one before.
 */
export function watchForCommits(): (bytes: Buffer) => boolean {
  const commits = new Set<string>();
  let rest = Buffer.alloc(0);
  let started = false;

  const isCommit = (type: string, body: Buffer): boolean => {
    const [first = '', second = ''] = body.toString('latin1').split('\0', 2);
    // A parsed statement: its name, its text. A bound one: its portal, its name.
    if (type === 'P') commits[isCommitText(second) ? 'add' : 'delete'](first);
    return (type === 'Q' && isCommitText(first)) || (type === 'B' && commits.has(second));
  };

  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    let found = false;
    for (;;) {
      // The startup message has no type.
      const typeLength = started ? 1 : 0;
      if (rest.length < typeLength + 4) return found;
      const length = typeLength + rest.readInt32BE(typeLength);
      if (rest.length < length) return found;
      const body = rest.subarray(typeLength + 4, length);
      if (started) found = isCommit(String.fromCharCode(rest[0] ?? 0), body) || found;
      else started = body.readInt32BE(0) !== SSL_REQUEST;
      rest = rest.subarray(length);
    }
  };
}

function isCommitText(text: string): boolean {
  return text.trim().toLowerCase() === 'commit';
}
