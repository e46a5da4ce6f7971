// The pictures of README.md, light and dark: `cargo xtask pictures` starts a server on the demo workspace and calls this with the
// folder they go to; VECTOROS_BASE_URL names any other server.
import { chromium } from '@playwright/test';

const [folder] = process.argv.slice(2);
const baseURL = process.env.VECTOROS_BASE_URL ?? 'http://127.0.0.1:3000';
const executablePath = process.env.VECTOROS_CHROMIUM ?? '/usr/bin/chromium';
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--no-first-run'];

// The network never falls silent: the bell listens. Islands have started a moment after the page stands.
async function settled(page) {
  await page.waitForLoadState('load');
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(500);
}

const browser = await chromium.launch({ executablePath, args: ARGS });
for (const colorScheme of ['light', 'dark']) {
  const context = await browser.newContext({ baseURL, colorScheme, viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto('/login');
  await page.getByTestId('demo-login-admin').click();
  await page.getByTestId('deal-list').waitFor();
  // The deal that puts the most at risk, as the list opens with it.
  await page.locator('[data-testid=deal-list] a[href^="/deals/"]').first().click();
  await page.locator('h1').waitFor();
  await page.waitForURL(/\/deals\/.+/);
  await settled(page);
  await page.screenshot({ path: `${folder}/deal-${colorScheme}.png` });
  await page.goto('/dashboard');
  await settled(page);
  await page.screenshot({ path: `${folder}/risk-${colorScheme}.png` });
  await context.close();
}
await browser.close();
