// Reads the memory of another process.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

const chunk = 1 << 20;

/** Opens the memory of the process; throws EACCES if the system does not allow it. */
function withMemory(pid, use) {
  const descriptor = openSync(`/proc/${pid}/mem`, 'r');
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Whether this process can read the memory of the other. */
export function isReadable(pid) {
  try {
    return withMemory(pid, () => true);
  } catch {
    return false;
  }
}

function writableRegions(pid) {
  const lines = readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n');
  return lines.flatMap((line) => {
    const [, begin, end, name] = /^([0-9a-f]+)-([0-9a-f]+) rw\S* \S+ \S+ \S+ *(.*)$/.exec(line) ?? [];
    return begin ? [{ begin: parseInt(begin, 16), end: parseInt(end, 16), name: name || 'anonymous' }] : [];
  });
}

/** The positions of `texts` in the writable memory of the process: `[{what, where}]`. `texts`: what -> text. */
export function copiesIn(pid, texts) {
  const wanted = [...texts].map(([what, text]) => [what, Buffer.from(text)]);
  const overlap = Math.max(...wanted.map(([, bytes]) => bytes.length)) - 1;
  const bytes = Buffer.alloc(chunk + overlap);
  const found = [];
  withMemory(pid, (descriptor) => {
    for (const { begin, end, name } of writableRegions(pid)) {
      for (let at = begin; at < end; at += chunk) {
        const length = readSync(descriptor, bytes, 0, Math.min(bytes.length, end - at), at);
        const read = bytes.subarray(0, length);
        for (const [what, text] of wanted) {
          // A match that begins after the chunk belongs to the next chunk.
          for (let hit = read.indexOf(text); hit !== -1 && hit < chunk; hit = read.indexOf(text, hit + 1)) {
            found.push({ what, where: `${name} ${(at + hit).toString(16)}` });
          }
        }
      }
    }
  });
  return found;
}
