// How quickly pages stand: `cargo xtask bench front` starts a server on a demo workspace and calls this; VECTOROS_BASE_URL names
// any other. Prints JSON: per page the median over ROUNDS loads of
//   first_ms    largest contentful paint of a load with nothing cached
//   lcp_ms      the same with the client in the browser's cache
//   alive_ms    until the client has taken over
//   move_ms     from a click on a link elsewhere until the page stands
//   html_kib    the document, uncompressed
import { chromium } from '@playwright/test';

const ROUNDS = 5;
const baseURL = process.env.VECTOROS_BASE_URL ?? 'http://127.0.0.1:3000';
const executablePath = process.env.VECTOROS_CHROMIUM ?? '/usr/bin/chromium';
const PAGES = ['/deals', '/board', '/dashboard', '/alerts', '/outcomes', '/model', '/learning'];
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const browser = await chromium.launch({ executablePath, args: ARGS });

async function signedIn() {
  const context = await browser.newContext({ baseURL, viewport: { width: 1280, height: 900 } });
  await context.addInitScript(() => {
    new PerformanceObserver((list) => (window.lcp = list.getEntries().at(-1)?.startTime)).observe({
      type: 'largest-contentful-paint',
      buffered: true,
    });
    new MutationObserver((_, observer) => {
      if (document.documentElement?.dataset.hydrated !== 'true') return;
      window.alive = performance.now();
      observer.disconnect();
    }).observe(document, { subtree: true, attributes: true, childList: true });
  });
  const page = await context.newPage();
  await page.goto('/login');
  await page.getByTestId('demo-login-admin').click();
  await page.getByTestId('deal-list').waitFor();
  await page.waitForFunction(() => window.alive !== undefined);
  await page.waitForTimeout(500);
  return { context, page };
}

async function load(page, address) {
  const response = await page.goto(address);
  await page.waitForFunction(() => window.alive !== undefined);
  await page.waitForTimeout(150);
  const [lcp, alive] = await page.evaluate(() => [window.lcp, window.alive]);
  return { lcp, alive, html: (await response.text()).length };
}

/** Clicks the navigation's link to a page from another one, and waits for the page's heading. */
async function move(page, address) {
  await load(page, address === '/deals' ? '/dashboard' : '/deals');
  return page.evaluate(async (to) => {
    const before = document.querySelector('h1');
    const start = performance.now();
    document.querySelector(`.side-nav a[href="${to}"]`).click();
    while (document.querySelector('h1') === null || document.querySelector('h1') === before) {
      await new Promise((next) => requestAnimationFrame(next));
    }
    return performance.now() - start;
  }, address);
}

const pages = {};
for (const address of PAGES) {
  const figures = { first: [], lcp: [], alive: [], move: [] };
  let html = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { context, page } = await signedIn();
    const cdp = await context.newCDPSession(page);
    await cdp.send('Network.clearBrowserCache');
    figures.first.push((await load(page, address)).lcp);
    const warm = await load(page, address);
    figures.lcp.push(warm.lcp);
    figures.alive.push(warm.alive);
    html = warm.html;
    figures.move.push(await move(page, address));
    await context.close();
  }
  pages[address] = {
    first_ms: Math.round(median(figures.first)),
    lcp_ms: Math.round(median(figures.lcp)),
    alive_ms: Math.round(median(figures.alive)),
    move_ms: Math.round(median(figures.move)),
    html_kib: Math.round(html / 1024),
  };
}
console.log(JSON.stringify(pages));
await browser.close();
