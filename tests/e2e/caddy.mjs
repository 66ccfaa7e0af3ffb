// Debian's Caddy in front of a server under test.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProxy } from './nginx.mjs';
import { launch } from './server.mjs';

/** Starts Caddy in `directory` with the configuration `sites(port)`: `{port, process}`. The caller ends it. */
export function startCaddy(directory, sites) {
  return startProxy((port) => {
    const file = join(directory, 'Caddyfile');
    writeFileSync(file, `{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n${sites(port)}`);
    const environment = { HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory };
    return launch('caddy', ['run', '--config', file, '--adapter', 'caddyfile'], { directory, environment });
  });
}
