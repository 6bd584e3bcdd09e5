/*
 * Where pip finds a PyTorch that fits this machine. PyPI's for Linux brings CUDA, several gigabytes of it; PyTorch's own
 * index has the same versions without, as `+cpu`.
 */
import { spawn } from 'node:child_process';

const CPU_INDEX = 'https://download.pytorch.org/whl/cpu';

/** A laptop without network, or behind a wall, must not wait for it. */
const PATIENCE_MILLISECONDS = 2000;

/** Python's own client, which goes through the proxy that the environment names, as pip does. */
const ASK = 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1]).close()';

function answers(url, python) {
  return new Promise((resolve) => {
    const child = spawn(python, ['-c', ASK, url], {
      stdio: 'ignore',
      timeout: PATIENCE_MILLISECONDS,
      killSignal: 'SIGKILL',
    });
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
  });
}

/**
 * What to tell pip besides the requirements, so that it prefers PyTorch without CUDA where that can be had. The index that
 * is configured stays: another may only be added to it.
 *
 * @param {{ gpu: boolean, python: string, platform?: NodeJS.Platform, index?: string }} options with `gpu`, CUDA is
 *   wanted; `index` is asked once, within two seconds
 * @returns {Promise<{ args: string[], what: string }>} pip's arguments, and what they will install
 */
export async function chooseTorch({ gpu, python, platform = process.platform, index = CPU_INDEX }) {
  if (platform !== 'linux') {
    return { args: [], what: 'PyTorch' };
  }
  if (gpu) {
    return { args: [], what: 'PyTorch with CUDA, several gigabytes,' };
  }
  return (await answers(`${index}/torch/`, python))
    ? { args: ['--extra-index-url', index], what: 'PyTorch without CUDA' }
    : {
        args: [],
        what: "PyTorch as the configured package index has it, several gigabytes if that is PyPI's with CUDA,",
      };
}
