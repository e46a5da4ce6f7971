// The page in the browser: brings islands to life, and moves about without loading a document again.
//
// Every link and form works without this file; it only makes them quicker. A link or a form of this site is fetched, and what
// stands in the new page's <main> takes the place of the old one, with the navigation beside it. Whatever is unusual (another
// frame, a file, no answer) is left to the browser.

const root = document.documentElement;
const LOOK_AHEAD_MS = 65;
const FRESH_MS = 5000;
/** What a server function puts into an address when it refuses a form, and what it says of a success. */
const MESSAGES = ['__path', '__err', 'done'];

// --- islands ---

let client;

function loadClient() {
  client ??= (async () => {
    const module = await import(new URL('vectoros.js', import.meta.url));
    await module.default({ module_or_path: new URL('vectoros_bg.wasm', import.meta.url) });
    module.hydrate();
    return module;
  })();
  return client;
}

/** An island's function by its name. The hash at its end differs where two compilers print the same source differently. */
function functionOf(module, name) {
  if (module[name]) return module[name];
  const stem = name.replace(/\d+$/, '');
  const found = Object.keys(module).find((known) => known.startsWith(stem) && /^\d+$/.test(known.slice(stem.length)));
  return found && module[found];
}

/** Brings the islands below `node` to life that are not yet. */
async function hydrate(node) {
  const islands = [...node.querySelectorAll('leptos-island')].filter((island) => !island.alive);
  if (islands.length > 0) {
    const module = await loadClient();
    for (const island of islands) {
      if (island.alive || !island.isConnected) continue;
      island.alive = true;
      const bring = functionOf(module, island.dataset.component);
      if (bring) bring(island);
      else console.error(`there is no island ${island.dataset.component}`);
    }
  }
}

function whenIdle(work) {
  if ('requestIdleCallback' in window) requestIdleCallback(work, { timeout: 500 });
  else setTimeout(work);
}

// --- moving about ---

const main = () => document.getElementById('content');
const address = (url) => url.pathname + url.search;
/** What is shown, as path and query. */
let shown = address(location);
/** The newest navigation: an older one that comes back late changes nothing. */
let newest = 0;
let waiting;

/** The address without what was said once. */
function lasting(url) {
  for (const name of MESSAGES) url.searchParams.delete(name);
  return url;
}

function mark(element, name, is) {
  if (is) element?.setAttribute(name, 'true');
  else element?.removeAttribute(name);
}

function busy(is) {
  clearTimeout(waiting);
  const show = () => {
    mark(document.querySelector('.progress-line'), 'data-active', is);
    mark(main(), 'aria-busy', is);
  };
  if (is) waiting = setTimeout(show, 120);
  else show();
}

async function pageFrom(url, options) {
  const response = await fetch(url, { headers: { Accept: 'text/html' }, credentials: 'same-origin', ...options });
  const type = response.headers.get('content-type') ?? '';
  const text = type.startsWith('text/html') ? await response.text() : undefined;
  return { url: new URL(response.url), text };
}

/** Pages asked for because somebody points at a link to them. */
const ahead = new Map();

function lookAhead(url) {
  const known = ahead.get(url.href);
  if (known && Date.now() - known.at < FRESH_MS) return;
  const page = pageFrom(url);
  page.catch(() => ahead.delete(url.href));
  ahead.set(url.href, { page, at: Date.now() });
}

function taken(url) {
  const known = ahead.get(url.href);
  ahead.clear();
  return known && Date.now() - known.at < FRESH_MS ? known.page : pageFrom(url);
}

/** Where an element stands below `top`, so that its successor can be found. */
function placeOf(element, top) {
  const place = [];
  for (let at = element; at !== top; at = at.parentElement) {
    if (!at) return undefined;
    place.unshift([...at.parentElement.children].indexOf(at));
  }
  return place;
}

function focusAgain(id, place, tag) {
  const byPlace = place?.reduce((at, step) => at?.children[step], main());
  const found = (id && document.getElementById(id)) || (byPlace?.tagName === tag ? byPlace : undefined);
  found?.focus({ preventScroll: true });
}

/** Puts the fetched page in the place of the present one; false where its frame is another. */
function show(text, sameplace) {
  const next = new DOMParser().parseFromString(text, 'text/html');
  const [old, fresh] = [main(), next.getElementById('content')];
  if (!old || !fresh) return false;
  const focused = old.contains(document.activeElement) ? document.activeElement : undefined;
  const [id, place, tag] = [focused?.id, focused && placeOf(focused, old), focused?.tagName];
  const open = sameplace ? [...old.querySelectorAll('details[id][open]')].map((details) => details.id) : [];
  const ticked = sameplace ? [...old.querySelectorAll('[data-kept]:checked')].map((box) => box.id) : [];
  old.replaceChildren(...fresh.childNodes);
  for (const name of open) document.getElementById(name)?.setAttribute('open', '');
  for (const name of ticked) if (document.getElementById(name)) document.getElementById(name).checked = true;
  document.title = next.title;
  const [nav, nextNav] = [document.querySelector('.side-nav'), next.querySelector('.side-nav')];
  if (nav && nextNav) {
    const scrolled = nav.scrollLeft;
    nav.replaceChildren(...nextNav.childNodes);
    nav.scrollLeft = scrolled;
  }
  if (sameplace) focusAgain(id, place, tag);
  else old.focus({ preventScroll: true });
  // The bell stays; it is told what the new page knows.
  root.dataset.unread = next.querySelector('[data-unread]')?.dataset.unread ?? '';
  dispatchEvent(new Event('vectoros:page'));
  hydrate(old);
  return true;
}

/** Shows what `asked` brings. `history` is push, replace or keep; `scroll` is top, keep, or a height to return to. */
async function go(asked, fallback, { history: step = 'push', scroll = 'top' } = {}) {
  const mine = ++newest;
  busy(true);
  try {
    const { url, text } = await asked;
    if (mine !== newest) return;
    const target = lasting(new URL(url));
    target.hash = fallback.hash;
    const sameplace = url.pathname === shown.split('?')[0];
    if (text === undefined || !show(text, sameplace)) {
      location.assign(url);
      return;
    }
    const same = address(target) === shown;
    shown = address(target);
    if (step === 'push' && !same) history.pushState(null, '', target);
    else if (step !== 'keep') history.replaceState(history.state, '', target);
    const anchor = target.hash && document.getElementById(decodeURIComponent(target.hash.slice(1)));
    if (typeof scroll === 'number') scrollTo(0, scroll);
    else if (scroll === 'top') anchor ? anchor.scrollIntoView() : scrollTo(0, 0);
  } catch (error) {
    if (mine !== newest) return;
    console.warn(error);
    if (fallback.method === 'POST') unreachable();
    else location.assign(fallback.href);
  } finally {
    if (mine === newest) busy(false);
  }
}

/** Nobody knows whether a post arrived that got no answer: it is not sent again by itself. */
function unreachable() {
  const notice = document.getElementById('unreachable')?.content.cloneNode(true);
  if (notice) main()?.prepend(notice);
  main()?.firstElementChild?.scrollIntoView({ block: 'nearest' });
}

function keepScroll() {
  history.replaceState({ ...history.state, scroll: scrollY }, '');
}

let scrolled;
addEventListener('scroll', () => {
  clearTimeout(scrolled);
  // While another page is on its way the address is that page's already.
  scrolled = setTimeout(() => main() && address(location) === shown && keepScroll(), 200);
});

/** The link that a click means, if this page can follow it. */
function linkOf(event) {
  if (event.defaultPrevented || event.button > 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest?.('a[href]');
  if (!link || typeof link.href !== 'string' || link.target || link.hasAttribute('download') || !main()) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || url.pathname.startsWith('/api/') || url.pathname.startsWith('/pkg/')) return;
  if (url.hash && address(url) === address(location)) return;
  return { link, url };
}

addEventListener('click', (event) => {
  const found = linkOf(event);
  if (!found) return;
  event.preventDefault();
  keepScroll();
  go(taken(found.url), found.url, { scroll: found.link.hasAttribute('data-noscroll') ? 'keep' : 'top' });
});

let pointed;
addEventListener('mouseover', (event) => {
  clearTimeout(pointed);
  const found = linkOf(event);
  if (found && address(found.url) !== shown) pointed = setTimeout(() => lookAhead(found.url), LOOK_AHEAD_MS);
});

addEventListener('pointerdown', (event) => {
  const found = linkOf(event);
  if (found && address(found.url) !== shown) lookAhead(found.url);
});

addEventListener('submit', (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.hasAttribute('data-native') || form.target || !main()?.contains(form)) return;
  const url = new URL(form.action);
  if (url.origin !== location.origin) return;
  event.preventDefault();
  keepScroll();
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  if (form.method === 'post') {
    // Once is enough.
    if (form.sending) return;
    form.sending = true;
    event.submitter?.setAttribute('aria-disabled', 'true');
    ahead.clear();
    const asked = pageFrom(url, { method: 'POST', body: fields });
    const free = () => {
      form.sending = false;
      event.submitter?.removeAttribute('aria-disabled');
    };
    go(posted(asked), { hash: '', method: 'POST' }, { scroll: 'keep' }).finally(free);
  } else {
    // What is not filled in need not stand in the address.
    url.search = new URLSearchParams([...fields].filter(([, value]) => value !== '')).toString();
    go(pageFrom(url), url, { scroll: url.pathname === location.pathname ? 'keep' : 'top' });
  }
});

/** Shows what a post led to from its beginning where that is another page or a refusal. */
async function posted(asked) {
  const page = await asked;
  if (page.url.pathname !== location.pathname || page.url.searchParams.has('__err')) scrollTo(0, 0);
  return page;
}

addEventListener('popstate', (event) => {
  const url = new URL(location.href);
  if (address(url) === shown) {
    const anchor = url.hash && document.getElementById(decodeURIComponent(url.hash.slice(1)));
    if (event.state?.scroll !== undefined) scrollTo(0, event.state.scroll);
    else anchor ? anchor.scrollIntoView() : scrollTo(0, 0);
    return;
  }
  if (main()) go(pageFrom(url), url, { history: 'keep', scroll: event.state?.scroll ?? 0 });
  else location.reload();
});

/** Is somebody filling something in? Then nothing is taken away under their hands. */
function inUse() {
  const fields = [...(main()?.querySelectorAll('input, textarea, select') ?? [])];
  return fields.some((field) => {
    if (field === document.activeElement) return true;
    if (field.type === 'hidden' || field.hasAttribute('data-kept')) return false;
    if (field.type === 'checkbox' || field.type === 'radio') return field.checked !== field.defaultChecked;
    if (field.tagName === 'SELECT') {
      const usual = [...field.options].findIndex((option) => option.defaultSelected);
      return field.selectedIndex !== Math.max(usual, 0);
    }
    return field.value !== field.defaultValue;
  });
}

// An island heard that what is shown has changed.
addEventListener('vectoros:refresh', () => {
  const url = new URL(location.href);
  if (main() && !inUse()) go(pageFrom(url), url, { history: 'keep', scroll: 'keep' });
});

// --- the beginning ---

if ('scrollRestoration' in history && main()) history.scrollRestoration = 'manual';
addEventListener('pagehide', () => {
  if (main()) keepScroll();
});
if (main()) {
  // A reload returns to where one was; what was said once is not said again.
  const kept = history.state?.scroll;
  if (MESSAGES.some((name) => new URL(location).searchParams.has(name))) {
    history.replaceState(history.state, '', lasting(new URL(location)));
    shown = address(location);
  }
  if (kept !== undefined) scrollTo(0, kept);
}
whenIdle(async () => {
  await hydrate(document);
  // Tells tests that the page is alive.
  root.dataset.hydrated = 'true';
  // Who signs in next needs the client: it is fetched while they type.
  if (!client) loadClient();
});
