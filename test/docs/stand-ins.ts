import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readme } from '../../local/aws/readme';
import { LocalCloud } from '../../local/run/cloud';

/** The text of local/aws/README.md: the stand-ins as the local run puts them together. */
export async function standIns(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'docs-'));
  const cloud = await LocalCloud.open({ folder, root: '', python: '', accelerators: 'refused' });
  try {
    return readme(cloud.services, cloud.stacks.types);
  } finally {
    await cloud.close();
    rmSync(folder, { recursive: true });
  }
}
