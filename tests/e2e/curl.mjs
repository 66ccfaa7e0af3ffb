// curl as a client, with cookie jars: `{status, headers, json}`.
import { parseAnswers, checkAnswer } from './client.mjs';
import { launch, within } from './server.mjs';

export async function curl(directory, args) {
  const process = launch('curl', ['--silent', '--show-error', '--include', '--max-time', '15', ...args], { directory });
  process.child.stdout.setEncoding('latin1');
  process.child.stdin.end();
  const { code, stdout, stderr } = await within(process.ended, 'curl');
  if (code !== 0) throw new Error(`curl ${args.join(' ')}: ${code}, ${stderr}`);
  const [answer] = parseAnswers(Buffer.from(stdout, 'latin1')).filter(({ status }) => status !== 100);
  checkAnswer(answer);
  return answer;
}

/** The cookies in a jar: `[{domain, httpOnly, path, secure, name, value}]`. */
export function cookiesIn(jar) {
  const lines = jar.split('\n').filter((line) => line.startsWith('#HttpOnly_') || (line && !line.startsWith('#')));
  return lines.map((line) => {
    const [domain, , path, secure, , name, value] = line.split('\t');
    return { domain: domain.replace('#HttpOnly_', ''), httpOnly: domain.startsWith('#HttpOnly_'), path, secure: secure === 'TRUE', name, value };
  });
}
