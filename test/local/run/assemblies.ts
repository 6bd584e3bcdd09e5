import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the tests keep assemblies, all together: synthesis takes seconds, and most deploy the same configurations. */
export const ASSEMBLIES = join(tmpdir(), 'assemblies');
