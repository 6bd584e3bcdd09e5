import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { account, region } from '../account';
import { parseRequest } from './request-schema';
import { ValidationException } from './sagemaker-error';

/** What the API calls a kind of resource, by its name in an ARN. */
const WORDS = {
  model: 'model',
  'endpoint-config': 'endpoint configuration',
  endpoint: 'endpoint',
  'processing-job': 'processing job',
} as const;

const listRequest = v.strictObject({
  MaxResults: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)), 10),
  NameContains: v.optional(v.string(), ''),
  NextToken: v.optional(v.string()),
  SortBy: v.optional(v.literal('CreationTime')),
  SortOrder: v.optional(v.picklist(['Ascending', 'Descending']), 'Descending'),
});

/** All resources of a kind by their names, one JSON file each, so that they outlive this process. */
export class Records<Item extends { readonly CreationTime: number }> {
  private readonly folder: string;

  constructor(
    folder: string,
    private readonly kind: keyof typeof WORDS,
  ) {
    this.folder = join(folder, `${kind}s`);
  }

  arn(name: string): string {
    return `arn:aws:sagemaker:${region}:${account}:${this.kind}/${name}`;
  }

  /** @throws ValidationException when there is none of that name */
  async get(name: string): Promise<Item> {
    const item = await this.find(name);
    if (item) return item;
    throw new ValidationException(`Could not find ${WORDS[this.kind]} "${this.arn(name)}".`);
  }

  /** @throws ValidationException when there is one of that name already */
  async requireNew(name: string): Promise<void> {
    if (!(await this.find(name))) return;
    throw new ValidationException(`Cannot create already existing ${WORDS[this.kind]} "${this.arn(name)}".`);
  }

  async put(name: string, item: Item): Promise<Item> {
    await mkdir(this.folder, { recursive: true });
    await writeFile(`${this.file(name)}.partial`, JSON.stringify(item, undefined, 2));
    await rename(`${this.file(name)}.partial`, this.file(name));
    return item;
  }

  /** @throws ValidationException when there is none of that name */
  async delete(name: string): Promise<void> {
    await this.get(name);
    await rm(this.file(name));
  }

  async all(): Promise<[name: string, item: Item][]> {
    await mkdir(this.folder, { recursive: true });
    const names = (await readdir(this.folder))
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -5));
    return Promise.all(names.map(async (name): Promise<[string, Item]> => [name, await this.get(name)]));
  }

  /** One page of what ListModels and ListEndpointConfigs answer, by the time of creation. Throws ValidationException. */
  async list(request: unknown): Promise<{ readonly page: [name: string, item: Item][]; readonly NextToken?: string }> {
    const { MaxResults, NameContains, NextToken, SortOrder } = parseRequest(listRequest, request);
    const direction = SortOrder === 'Ascending' ? 1 : -1;
    const order = (a: string, b: string) => (a === b ? 0 : a < b ? -direction : direction);
    // A page goes on after the last of the page before, also when that has been deleted meanwhile.
    const keyOf = ([name, { CreationTime }]: [string, Item]) => `${String(CreationTime).padStart(16, '0')} ${name}`;
    const matching = (await this.all())
      .filter(([name]) => name.includes(NameContains))
      .filter((entry) => NextToken === undefined || order(keyOf(entry), NextToken) > 0)
      .sort((a, b) => order(keyOf(a), keyOf(b)));
    const page = matching.slice(0, MaxResults);
    const last = page.at(-1);
    return { page, ...(last && matching.length > MaxResults ? { NextToken: keyOf(last) } : {}) };
  }

  private async find(name: string): Promise<Item | undefined> {
    if (!existsSync(this.file(name))) return undefined;
    return JSON.parse(await readFile(this.file(name), 'utf8')) as Item;
  }

  private file(name: string): string {
    return join(this.folder, `${encodeURIComponent(name)}.json`);
  }
}
