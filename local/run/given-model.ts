import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { create, extract, list } from 'tar';
import { UsageError } from './options';

const CONFIG = 'config.json';
const HANDLERS = join('code', 'inference.py');

/** What `--model` names. */
export type GivenModel =
  /** A model.tar.gz as this pipeline's training writes it, or what the pipeline refuses better. */
  | { readonly artifact: string }
  /** A folder with a finished classifier in Hugging Face's own files, which has to be exported. */
  | { readonly classifier: string };

/**
 * Tells what a model is that is to be served without training: a folder or a .tar.gz, of either kind.
 *
 * @param temporary a folder for what has to be packed or unpacked
 * @throws UsageError for a folder that holds no model
 */
export async function openModel(path: string, temporary: string): Promise<GivenModel> {
  if (statSync(path).isDirectory()) {
    if (existsSync(join(path, HANDLERS))) {
      const artifact = join(temporary, 'model.tar.gz');
      // Without times, so that the same folder is the same archive.
      await create({ file: artifact, cwd: path, gzip: true, portable: true, mtime: new Date(0) }, ['.']);
      return { artifact };
    }
    if (!existsSync(join(path, CONFIG))) {
      throw new UsageError(`--model: the folder ${path} holds no model: it has no ${CONFIG}.`);
    }
    return { classifier: path };
  }

  const names = await namesIn(path);
  const config = names.filter((name) => name === CONFIG || name.endsWith(`/${CONFIG}`)).sort(byDepth)[0];
  if (config === undefined || names.includes(HANDLERS)) {
    return { artifact: path };
  }
  await extract({ file: path, cwd: temporary });
  return { classifier: join(temporary, dirname(config)) };
}

/** Of what is no archive, none. */
async function namesIn(archive: string): Promise<string[]> {
  const names: string[] = [];
  try {
    await list({ file: archive, strict: true, onReadEntry: ({ path }) => names.push(path.replace(/^\.\//, '')) });
  } catch {
    return [];
  }
  return names;
}

function byDepth(one: string, other: string): number {
  return one.split('/').length - other.split('/').length;
}
