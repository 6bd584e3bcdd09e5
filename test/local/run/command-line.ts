import { execFile, execFileSync } from 'node:child_process';

/** A user who knows of AWS only the local cloud. */
export interface User {
  readonly home: string;
  readonly workingDirectory: string;
  /** Of the local cloud. */
  readonly url: string;
}

/** Runs a command to its end; `output` is what it wrote to both streams. */
export function run(user: User, command: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const env = {
    PATH: process.env.PATH,
    HOME: user.home,
    AWS_ENDPOINT_URL: user.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
  return new Promise((resolve) => {
    const options = { cwd: user.workingDirectory, env, maxBuffer: 64 * 1024 * 1024 };
    execFile(command, args, options, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
    });
  });
}

/** The processes that serve or train in a folder, a line each, without the shells that guard them. */
export function processesIn(folder: string): string[] {
  const processes = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return processes.filter((line) => /^ *\d+ \S*(?:python|torchrun)\S* /.test(line) && line.includes(folder));
}
