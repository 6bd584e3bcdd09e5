import type { ClassifyRequest, Input } from './api';
import { classifyAll, stopBatch } from './batch';
import { inputsOf, readTable, type Table, textColumn } from './file';
import { apiKey, setUpKey } from './key';
import { linkLocalPages } from './local-pages';
import { model, setUpModel } from './model';
import { element, showError } from './page';
import { classifySoon, dropAnswer } from './single';
import { type Language, snippet } from './snippets';
import { hideTable, setUpTable } from './table';

/** What a snippet has of many texts: enough to see how it goes on. */
const MOST_IN_SNIPPET = 20;

const texts = element('texts', HTMLTextAreaElement);
const seconds = element('seconds', HTMLTextAreaElement);
const column = element('column', HTMLSelectElement);
/** The file that is open; undefined: the texts are those in the field. */
let table: Table | undefined;

/**
 * What is asked for.
 *
 * @throws Error with a sentence where the two fields do not go together
 */
function readRequest(): ClassifyRequest {
  const least = element('least', HTMLInputElement).value;
  const inputs =
    table === undefined ? typedInputs() : inputsOf(table, Number(column.value), model()?.text_pair === true);
  return { inputs, ...(least !== '' && { parameters: { min_score: Number(least) } }) };
}

function typedInputs(): Input[] {
  const lines = (field: HTMLTextAreaElement) => field.value.split('\n').filter((line) => line.trim() !== '');
  const [first, second] = [lines(texts), lines(seconds)];
  if (model()?.text_pair !== true) {
    return first;
  }
  if (first.length !== second.length) {
    throw new Error('a pair has one text of each: write as many second texts as texts');
  }
  return first.map((text, index) => ({ text, text_pair: second[index] ?? '' }));
}

/** Answers a change of whatever is asked for: one text at once, several when told to. */
function onChange(): void {
  dropAnswer();
  stopBatch();
  element('time').textContent = '';
  element('bars').replaceChildren();
  hideTable();
  showError();
  try {
    const request = readRequest();
    showSnippet(request);
    element('classify').textContent =
      request.inputs.length > 1 ? `Classify ${request.inputs.length} texts` : 'Classify';
    if (request.inputs.length === 1 && apiKey() !== '') {
      classifySoon(request);
    }
  } catch (error) {
    showError((error as Error).message);
  }
}

function classifyNow(): void {
  try {
    const request = readRequest();
    if (apiKey() === '') {
      showError('the API key is missing: give it above');
    } else if (request.inputs.length === 0) {
      showError('there is no text yet: write one, or open a file');
    } else if (request.inputs.length === 1) {
      classifySoon(request);
    } else {
      void classifyAll(request);
    }
  } catch (error) {
    showError((error as Error).message);
  }
}

function showSnippet({ inputs, parameters }: ClassifyRequest): void {
  const language = document.querySelector<HTMLInputElement>('input[name=language]:checked')?.value as Language;
  const some = inputs.length === 0 ? ['The queen praised himself.'] : inputs.slice(0, MOST_IN_SNIPPET);
  element('part').textContent =
    inputs.length > some.length ? `The first ${some.length} of ${inputs.length} texts.` : '';
  element('snippet').textContent = snippet(language, { inputs: some, ...(parameters && { parameters }) });
}

async function open(file: File | undefined): Promise<void> {
  if (file === undefined) return;
  try {
    table = await readTable(file);
    column.replaceChildren(...table.columns.map((name, index) => new Option(name, String(index))));
    column.value = String(textColumn(table));
    element('columns').hidden = false;
    texts.disabled = true;
    onChange();
    classifyNow();
  } catch (error) {
    showError((error as Error).message);
  }
}

function closeFile(): void {
  table = undefined;
  element('columns').hidden = true;
  element('file', HTMLInputElement).value = '';
  texts.disabled = false;
  texts.focus();
  onChange();
}

function setUpFiles(): void {
  const drop = element('drop');
  const file = element('file', HTMLInputElement);
  file.addEventListener('change', () => void open(file.files?.[0]));
  drop.addEventListener('dragover', (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
  drop.addEventListener('dragleave', () => {
    drop.classList.remove('over');
  });
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    void open(event.dataTransfer?.files[0]);
  });
  column.addEventListener('change', onChange);
  element('close-file').addEventListener('click', closeFile);
}

const refreshModel = setUpModel(({ text_pair }) => {
  void linkLocalPages();
  if (element('pairs').hidden === text_pair) {
    element('pairs').hidden = !text_pair;
    onChange();
  }
});
setUpKey(() => {
  void refreshModel();
  onChange();
});
setUpTable(() => model()?.several_labels === true);
setUpFiles();
for (const field of [texts, seconds, element('least')]) {
  field.addEventListener('input', onChange);
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) classifyNow();
  });
}
element('classify').addEventListener('click', classifyNow);
element('stop').addEventListener('click', stopBatch);
for (const radio of document.querySelectorAll('input[name=language]')) {
  radio.addEventListener('change', () => {
    try {
      showSnippet(readRequest());
    } catch {
      // What is wrong with the request is shown where it is written.
    }
  });
}
element('copy').addEventListener('click', () => {
  navigator.clipboard.writeText(element('snippet').innerText).then(
    () => (element('copied').textContent = 'Copied.'),
    () => (element('copied').textContent = 'This browser does not let the page copy: select the text instead.'),
  );
});
onChange();
if (apiKey() !== '') {
  void refreshModel();
}
