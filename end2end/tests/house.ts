// What every test needs: a page that is watched for errors, and the steps that lead into the product.

import { test as base, expect, type Locator, type Page } from '@playwright/test';
import { readFileSync, writeFileSync } from 'node:fs';

export type Role = 'rep' | 'manager' | 'admin';

type Fixtures = {
  /** Messages of the console that a test expects; any other error fails it. */
  expectedErrors: RegExp[];
  /** The steps below, bound to the page. */
  house: House;
};

export const test = base.extend<Fixtures>({
  expectedErrors: [[], { option: true }],
  house: async ({ page, javaScriptEnabled, expectedErrors }, use) => {
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(`uncaught: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await use(new House(page, javaScriptEnabled !== false));
    expect(errors.filter((error) => !expectedErrors.some((expected) => expected.test(error)))).toEqual([]);
  },
});

export { expect };

/** A deal that one test has for itself. */
export type OwnDeal = { id: string; title: string };

/** The number of the next deal of a kind that no test took: a file counts, since Playwright may run each test in a process of its own. */
function take(kind: string): number {
  const path = `${process.env.VECTOROS_TAKEN_DEALS ?? '/tmp/vectoros-taken'}-${kind}`;
  let taken = 0;
  try {
    taken = Number(readFileSync(path, 'utf8'));
  } catch {
    // The first one.
  }
  writeFileSync(path, String(taken + 1));
  return taken + 1;
}

export class House {
  constructor(
    readonly page: Page,
    readonly scripted: boolean,
  ) {}

  id(testid: string): Locator {
    return this.page.getByTestId(testid);
  }

  get rows(): Locator {
    return this.id('deal-row');
  }

  /** Goes to an address and waits until the page can be used; returns the response's status. */
  async open(address: string): Promise<number> {
    const response = await this.page.goto(address);
    await this.settled();
    return response?.status() ?? 0;
  }

  /** With scripts, a page is ready when the client has taken over. */
  async settled() {
    if (this.scripted) await expect(this.page.locator('html')).toHaveAttribute('data-hydrated', 'true');
  }

  /** Signs in by the demo's button for a role. */
  async signIn(role: Role) {
    await this.open('/login');
    await this.id(`demo-login-${role}`).click();
    await expect(this.id('deal-list')).toBeVisible();
    await this.settled();
  }

  async signOut() {
    await this.id('sign-out').click();
    await expect(this.id('login-form')).toBeVisible();
    await this.settled();
  }

  /**
   * An open deal of the test's own, out of the pool that admins see: a fresh one, or one that nobody has touched for two months and whose
   * close date has passed.
   */
  async ownDeal(kind: 'Own' | 'Quiet' = 'Own'): Promise<OwnDeal> {
    const title = `${kind} deal ${String(take(kind)).padStart(4, '0')}`;
    await this.open(`/deals?q=${encodeURIComponent(title)}`);
    await expect(this.rows, `the pool has no ${title} any more`).toHaveCount(1);
    return { id: (await this.rows.first().getAttribute('data-deal-id')) ?? '', title };
  }

  /** Lists two open deals of the test's own, and nothing else; answers the words that find them. */
  async ownPair(): Promise<string> {
    const words = `Pair ${String(take('Pair')).padStart(4, '0')}`;
    await this.open(`/deals?q=${encodeURIComponent(words)}`);
    await expect(this.rows, `the pool has no ${words} any more`).toHaveCount(2);
    return words;
  }

  /** Shows a pipeline on the board: with scripts the choice applies at once. */
  async openBoard(pipeline: string) {
    await this.page.locator('#pipeline').selectOption({ label: pipeline });
    if (!this.scripted) await this.page.getByRole('button', { name: 'Show' }).click();
    await expect(this.page).toHaveURL(/pipeline=/);
    await this.settled();
  }

  /** Raises an alert by hand, as an integration would, with the session of whoever is signed in. */
  async raiseAlert(deal: string, headline: string, priority: string): Promise<void> {
    const answer = await this.page.request.post('/api/v1/alerts', { data: { deal_id: deal, cause: headline, headline, priority } });
    expect(answer.status(), await answer.text()).toBe(201);
  }

  /** Records what was done on a deal, as an integration would. */
  async recordActivity(deal: string, subject: string): Promise<void> {
    const answer = await this.page.request.post(`/api/v1/deals/${deal}/activities`, { data: { kind: 'call', subject } });
    expect(answer.status(), await answer.text()).toBe(201);
  }

  /** Asks for a look at all deals, as the button on the monitoring page does. */
  async sweep() {
    await this.open('/monitoring');
    await this.id('sweep-now').click();
    await expect(this.id('monitoring-asked')).toBeVisible();
  }

  /** An alert of a rule on a deal's own page. */
  alertOn(rule: string): Locator {
    return this.page.locator(`[data-testid=deal-alerts] [data-testid=alert][data-rule=${rule}]`);
  }

  /** Opens a deal's page again and again until the sweep that was asked for has raised an alert there. */
  async openWithAlert(deal: OwnDeal, rule: string) {
    await expect(async () => {
      await this.open(`/deals/${deal.id}`);
      await expect(this.alertOn(rule)).toHaveCount(1, { timeout: 1_000 });
    }).toPass({ timeout: 60_000 });
  }

  /** Chooses in a filter: with scripts that applies at once. */
  async choose(filter: string, value: string) {
    await this.page.locator(`[data-testid=filter-form] [name=${filter}]`).selectOption(value);
    if (!this.scripted) await this.id('filter-apply').click();
    await expect(this.page).toHaveURL(new RegExp(`[?&]${filter}=${value}(&|$)`));
    await this.settled();
  }

  async search(text: string) {
    const field = this.page.locator('[data-testid=filter-form] [name=q]');
    await field.fill(text);
    await field.press('Enter');
    // Form posts write a space as +, the client as %20.
    await expect.poll(() => new URL(this.page.url()).searchParams.get('q')).toBe(text);
    await this.settled();
  }

  /** The number of deals that the list says it has. */
  async total(): Promise<number> {
    return Number(await this.id('total-count').getAttribute('data-total'));
  }

  async dealIds(): Promise<string[]> {
    return this.rows.evaluateAll((rows) => rows.map((row) => row.getAttribute('data-deal-id') ?? ''));
  }

  /** The amounts in a column of the list; a missing one is NaN. */
  async amounts(testid: string): Promise<number[]> {
    const texts = await this.rows.getByTestId(testid).allInnerTexts();
    return texts.map((text) => Number.parseFloat(text.replace(/[^0-9.]/g, '')));
  }

  /** Marks the document, so that a full reload is noticed later. */
  async mark() {
    await this.page.evaluate(() => document.documentElement.setAttribute('data-marked', 'true'));
  }

  async expectNoReload() {
    await expect(this.page.locator('html')).toHaveAttribute('data-marked', 'true');
  }
}
