import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readme } from '../aws/readme';
import { LocalCloud } from './cloud';

/** What `npm run docs` writes to local/aws/README.md: the stand-ins as the local run puts them together. */
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

if (require.main === module) {
  void standIns().then((text) => {
    writeFileSync(join(__dirname, '..', 'aws', 'README.md'), text);
  });
}
