// The time to look up a new password in the list of common ones.
import { run } from '../processes.mjs';
import { interleave, medianOf, seconds } from '../measuring.mjs';

async function measure(print) {
  const length = Math.ceil(seconds);
  const { lookups } = await interleave({ lookups: () => run('common_passwords', [length]) });
  print({
    what: 'is this password a common one? half of those asked about are',
    result: `${(1e9 / medianOf(lookups)).toFixed(0)} ns`,
    wanted: '< 1 µs',
    command: `common_passwords ${length}`,
  });
}

export const measurements = [measure];
