import { expect, test } from './house';

test.describe('won and lost', () => {
  test('a slip is undone within a minute', async ({ house, page }) => {
    await house.signIn('admin');
    const { id, title } = await house.ownDeal();
    await house.open(`/deals/${id}`);
    await house.id('close-won-summary').click();
    await house.id('close-won').locator('[name="form[value]"]').fill('4321');
    await house.id('close-won-submit').click();
    await expect(house.id('closed-banner')).toHaveAttribute('data-outcome', 'won');
    await expect(page.locator('header dl').first()).toContainText('4,321');
    await house.settled();
    await house.id('undo-close').click();
    await expect(house.id('close-won-summary')).toBeVisible();
    await expect(page.locator('header dl').first()).not.toContainText('4,321');
    await house.open(`/deals?q=${encodeURIComponent(title)}`);
    await expect(house.rows).toHaveCount(1);
  });

  test('several deals are chosen in the list and closed together', async ({ house, page }) => {
    await house.signIn('admin');
    const competitor = `Acme against ${await house.ownPair()}`;
    await house.id('pick-deal').nth(0).check();
    await house.id('pick-deal').nth(1).check();
    await house.id('picked-lost').click();
    await expect(house.id('chosen-deal')).toHaveCount(2);
    await house.settled();
    await page.locator('[name="form[reason]"]').selectOption('Competitor');
    await page.locator('[name="form[competitor]"]').fill(competitor);
    await house.id('close-submit').click();
    await expect(house.id('closed-notice')).toBeVisible();
    await expect(house.id('undo-close')).toBeVisible();
    await house.open(`/deals?outcome=lost&competitor=${encodeURIComponent(competitor)}`);
    expect(await house.total()).toBe(2);
    await house.rows.first().getByTestId('deal-link').click();
    await expect(house.id('closed-banner')).toContainText(competitor);
  });

  test('the board moves deals by their menu', async ({ house }) => {
    await house.signIn('admin');
    await house.id('nav-board').click();
    await expect(house.id('board-column').first()).toBeVisible();
    await house.settled();
    await house.openBoard('Browser tests');
    // The column begins with what is worth most: deals of the pool that only this test takes.
    const first = house.id('board-column').first();
    const card = first.getByTestId('board-card').first();
    const title = await card.getByRole('link').first().innerText();
    await card.getByTestId('board-move').click();
    await card.getByRole('button').first().click();
    await expect(house.id('board-column').nth(1)).toContainText(title.slice(0, 20));
    await expect(first.getByRole('link', { name: title, exact: true })).toHaveCount(0);
  });
});

test.describe('what is refused', () => {
  // The browser logs what the server refuses.
  test.use({ expectedErrors: [/status of 4(09|22)/] });

  test('what is missing is said beside the form', async ({ house, page }) => {
    await house.signIn('admin');
    const { id } = await house.ownDeal();
    await house.open(`/deals/${id}`);
    await house.id('close-won-summary').click();
    await house.id('close-won').locator('[name="form[value]"]').fill('a lot');
    await house.id('close-won-submit').click();
    await expect(house.id('close-error')).toContainText('number');
    expect(await page.locator('[data-testid=closed-banner]').count()).toBe(0);
  });

  test('admins keep the reasons', async ({ house }) => {
    await house.signIn('admin');
    await house.id('nav-outcome-settings').click();
    const name = `Weather ${Date.now()}`;
    await house.settled();
    await house.id('new-reason').fill(name);
    await house.id('add-reason').click();
    await expect(house.id('loss-reason').last().locator('[name=name]')).toHaveValue(name);
    await house.settled();
    await house.id('new-reason').fill(name);
    await house.id('add-reason').click();
    await expect(house.id('settings-error')).toContainText('already');
  });
});

test.describe('the win/loss analysis', () => {
  test('every number leads to its deals', async ({ house, page }) => {
    await house.signIn('manager');
    await house.id('nav-outcomes').click();
    await expect(house.id('outcomes-page')).toBeVisible();
    await house.settled();
    const table = house.id('outcomes-dimension-reason');
    const link = table.locator('tbody a').first();
    const shown = Number((await link.innerText()).replace(/[^0-9]/g, ''));
    await link.click();
    await expect(house.id('deal-list')).toBeVisible();
    expect(await house.total()).toBe(shown);
    await expect(page).toHaveURL(/outcome=lost/);
  });
});

test.describe('learning', () => {
  test('its pages tell managers how the model does', async ({ house }) => {
    await house.signIn('manager');
    await house.open('/learning');
    await expect(house.id('rolling-latest')).toContainText('were predicted');
    await expect(house.id('train-now')).toHaveCount(0);
    await house.open('/accuracy');
    await expect(house.id('horizon')).toHaveCount(4);
    await expect(house.page.locator('[data-days="30"] [data-testid=accuracy-row]').first()).toBeVisible();
    await expect(house.id('forecast-actual').first()).toBeVisible();
    await house.open('/impact');
    await expect(house.id('impact-honesty')).toContainText('no proof');
    await house.open('/feedback');
    await expect(house.id('feedback-page')).toBeVisible();
  });

  test('a score is criticised, and looked at as of a past date', async ({ house, page }) => {
    await house.signIn('admin');
    await house.open('/deals?sort=value&dir=desc&page=2');
    await house.rows.first().getByTestId('deal-link').click();
    await expect(house.id('deal-title')).toBeVisible();
    await house.settled();
    await house.id('give-feedback').click();
    await page.locator('[name=estimate]').fill('72');
    await page.locator('#feedback-note').fill('Their budget was approved.');
    await house.id('feedback-submit').click();
    await expect(house.id('feedback').first()).toContainText('72');
    await house.settled();
    await house.id('to-replay').click();
    await expect(house.id('replay-recomputed')).toContainText('%');
    await expect(house.id('replay-input').first()).toBeVisible();
  });

  test('fits a phone', async ({ house, page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await house.signIn('admin');
    for (const address of ['/board', '/learning', '/accuracy', '/outcomes', '/impact', '/feedback', '/settings/outcomes']) {
      await house.open(address);
      const widths = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
      expect(widths[0], address).toBeLessThanOrEqual(widths[1]);
    }
  });
});
