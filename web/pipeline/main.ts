/* What changes of the page comes as server-sent events: each has the id of a part, and its new HTML. */
const { execution } = document.body.dataset;
const query = execution === undefined || execution === '' ? '' : `?execution=${encodeURIComponent(execution)}`;
const events = new EventSource(`/pipeline/events${query}`);

events.onmessage = ({ data }: MessageEvent<string>) => {
  const { id, html } = JSON.parse(data) as { readonly id: string; readonly html: string };
  const part = document.getElementById(id);
  if (part === null) {
    return;
  }
  // What a reader has opened stays open, and a log that is read to its end goes on at its end.
  const open = [...part.querySelectorAll('details[open]')].map((details) => details.id);
  const logs = (): HTMLPreElement[] => [...part.querySelectorAll('pre')];
  const ends = logs().map((log) => log.scrollTop + log.clientHeight >= log.scrollHeight - 4);
  part.innerHTML = html;
  for (const name of open) {
    document.getElementById(name)?.setAttribute('open', '');
  }
  logs().forEach((log, place) => {
    if (ends[place]) {
      log.scrollTop = log.scrollHeight;
    }
  });
  if (id === 'graph') {
    showState(part);
  }
};

/** Where the picture is wider than its place, it moves as little as shows the state that is under way, or that was last. */
function showState(graph: HTMLElement): void {
  const state =
    graph.querySelector('.running') ?? [...graph.querySelectorAll('a.state')].at(-1) ?? graph.querySelector('.state');
  if (state !== null) {
    const { left, right } = state.getBoundingClientRect();
    const place = graph.getBoundingClientRect();
    graph.scrollLeft += Math.min(left - place.left, 0) + Math.max(right - place.right, 0);
  }
}

/** The state that the address names is open. */
function openTarget(): void {
  document.getElementById(location.hash.slice(1))?.setAttribute('open', '');
}
addEventListener('hashchange', openTarget);
openTarget();
