import { defineConfig } from '@playwright/test';

// `cargo xtask test browser` starts a server on a demo workspace and says where it and the browser are.
const baseURL = process.env.VECTOROS_BASE_URL ?? 'http://127.0.0.1:3000';
const executablePath = process.env.VECTOROS_CHROMIUM ?? '/usr/bin/chromium';

export default defineConfig({
  testDir: 'tests',
  // One workspace serves all tests, and some change it.
  workers: 1,
  // Generous: a development build on a busy machine is slow.
  timeout: 90_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  reporter: 'list',
  use: {
    baseURL,
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    viewport: { width: 1280, height: 900 },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    },
  },
  projects: [
    { name: 'with JavaScript', use: { javaScriptEnabled: true } },
    { name: 'without JavaScript', use: { javaScriptEnabled: false } },
  ],
});
