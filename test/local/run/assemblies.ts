import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the tests keep assemblies, all together: synthesis takes seconds, and most deploy the same configurations. */
export const ASSEMBLIES = join(tmpdir(), 'assemblies');

// The CDK's own checks are a quarter of each synthesis; the tests of lib/ and of the CDK's CLI have them.
process.env.CDK_VALIDATION = 'false';
