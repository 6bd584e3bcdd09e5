import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const OWNER = join(__dirname, '..', '..', '..', 'local', 'run', 'owner.cjs');

/** Another process that owns a folder, until it is ended without a chance to give it free. */
export async function owningProcess(folder: string): Promise<{ readonly pid: number; end(): Promise<void> }> {
  const script = `require(${JSON.stringify(OWNER)}).own(${JSON.stringify(folder)}); console.log('owned'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return {
    pid: child.pid ?? 0,
    async end() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
