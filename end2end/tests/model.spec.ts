import { expect, test } from './house';

test.describe('the model page', () => {
  test('tells managers what the model knows and lets them change nothing', async ({ house }) => {
    await house.signIn('manager');
    await house.id('nav-model').click();
    await expect(house.id('model-report')).toBeVisible();
    await expect(house.id('model-title')).toContainText('Model');
    await expect(house.id('model-verdict')).toContainText('AUC');
    await expect(house.page.locator('#curves svg').first()).toBeVisible();
    await expect(house.page.locator('#how-good table').first()).toBeVisible();
    await expect(house.page.locator('#segments')).toContainText('By owner');
    await expect(house.id('model-version').first()).toHaveAttribute('data-state', 'champion');
    await expect(house.id('publish')).toHaveCount(0);
    await expect(house.id('roll-back')).toHaveCount(0);
    await expect(house.id('switch-field')).toHaveCount(0);
  });

  test('lets admins switch a custom field off and on again', async ({ house }) => {
    await house.signIn('admin');
    await house.open('/model');
    const field = house.id('field').first();
    await expect(field).toHaveAttribute('data-in-model', 'true');
    await field.getByTestId('switch-field').click();
    await expect(field).toHaveAttribute('data-in-model', 'false');
    await house.settled();
    await field.getByTestId('switch-field').click();
    await expect(field).toHaveAttribute('data-in-model', 'true');
  });

  test('opens the long lists on demand', async ({ house, page }) => {
    await house.signIn('admin');
    await house.open('/model');
    const coverage = page.locator('#coverage');
    await expect(coverage.locator('table')).toBeHidden();
    await coverage.locator('summary').click();
    await expect(coverage.locator('table')).toBeVisible();
  });
});

test.describe('a rep', () => {
  test.use({ expectedErrors: [/status of 403/] });

  test('does not see the model page', async ({ house, page }) => {
    await house.signIn('rep');
    await expect(house.id('nav-deals')).toBeVisible();
    await expect(house.id('nav-model')).toHaveCount(0);
    const status = await house.open('/model');
    expect(status).toBe(403);
    await expect(page.locator('[data-error=forbidden]')).toBeVisible();
    await expect(house.id('model-report')).toHaveCount(0);
  });
});

test('the list and the deal page show how scores moved, and what would help', async ({ house, page }) => {
  await house.signIn('admin');
  await expect(house.rows.first().getByTestId('trend').locator('svg')).toBeAttached();
  // Among the deals at risk there is one for which something can be done.
  const ids = await house.dealIds();
  let advised = false;
  for (const id of ids.slice(0, 10)) {
    await house.open(`/deals/${id}`);
    await expect(house.id('score-trend').locator('svg')).toBeVisible();
    if ((await house.id('what-would-help').count()) > 0) {
      await expect(house.id('advice').first()).toContainText('would read');
      await expect(house.id('what-would-help')).toContainText('not a promise');
      advised = true;
      break;
    }
  }
  expect(advised).toBe(true);
  await expect(page.locator('h1')).toBeVisible();
});

test('the dashboard forecasts by month within a range', async ({ house }) => {
  await house.signIn('manager');
  await house.open('/dashboard');
  const rows = house.id('forecast-row');
  expect(await rows.count()).toBeGreaterThan(2);
  await expect(house.id('forecast')).toContainText('Nine times out of ten');
  await expect(rows.first().getByTestId('forecast-expected')).toContainText('$');
});
