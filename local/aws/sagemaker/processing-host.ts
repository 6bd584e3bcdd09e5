import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { region } from '../account';
import type { Command } from './guarded-process';
import { processEnvironment } from './process-environment';
import type { ProcessingRequest } from './processing-request';

/** In a processing container; here, a folder of the job's. */
const CONTAINER_ROOT = '/opt/ml';

/**
 * One host of a processing job: what its container would have below /opt/ml. There is no container here, so a program sees the
 * folder by what it is told: where an argument or a variable begins with /opt/ml, the folder stands in its place.
 */
export class ProcessingHost {
  constructor(
    readonly name: string,
    private readonly root: string,
  ) {}

  /** The place here of a path in the container. */
  local(path: string): string {
    return join(this.root, path.slice(CONTAINER_ROOT.length));
  }

  /** Makes its directories and the two files of the container contract, `/opt/ml/config/resourceconfig.json` and `processingjobconfig.json`. */
  async layOut(hosts: readonly string[], request: ProcessingRequest, ProcessingJobArn: string): Promise<void> {
    const { ProcessingInputs, ProcessingOutputConfig } = request;
    const directories = [
      ...ProcessingInputs.map(({ S3Input }) => S3Input.LocalPath),
      ...ProcessingOutputConfig.Outputs.map(({ S3Output }) => S3Output.LocalPath),
      ...[`${CONTAINER_ROOT}/config`, `${CONTAINER_ROOT}/output`],
    ];
    for (const directory of directories) await mkdir(this.local(directory), { recursive: true });
    const files = {
      resourceconfig: { current_host: this.name, hosts },
      processingjobconfig: { ProcessingJobArn, ...request },
    };
    for (const [name, content] of Object.entries(files)) {
      await writeFile(this.local(`${CONTAINER_ROOT}/config/${name}.json`), JSON.stringify(content));
    }
  }

  /** The command that the container would run. */
  command(python: string, { AppSpecification, Environment }: ProcessingRequest): Command {
    const { ContainerEntrypoint, ContainerArguments = [] } = AppSpecification;
    const here = (text: string) =>
      text.replace(/(^|=)\/opt\/ml(?=\/|$)/, (_, before: string) => `${before}${this.root}`);
    return {
      command: python,
      args: [...ContainerEntrypoint.slice(1), ...ContainerArguments].map(here),
      env: {
        ...processEnvironment(),
        AWS_REGION: region,
        PYTHONUNBUFFERED: '1',
        ...Object.fromEntries(Object.entries(Environment).map(([name, value]) => [name, here(value)])),
      },
    };
  }

  /** What the program has written to /opt/ml/output/message; '' for nothing. */
  async exitMessage(): Promise<string> {
    const file = this.local(`${CONTAINER_ROOT}/output/message`);
    return existsSync(file) ? readFile(file, 'utf8') : '';
  }
}
