import { expect, test } from './house';

test.describe('alerts', () => {
  test('say what is wrong, and can be acknowledged and taken back', async ({ house, page }) => {
    await house.signIn('admin');
    const deal = await house.ownDeal('Quiet');
    await house.sweep();
    await house.openWithAlert(deal, 'overdue');
    const alert = house.alertOn('overdue');
    await expect(alert.getByTestId('alert-detail')).not.toBeEmpty();
    await expect(alert.getByTestId('alert-advice')).not.toBeEmpty();
    const id = await alert.getAttribute('data-id');
    const same = page.locator(`[data-testid=alert][data-id="${id}"]`);
    await alert.getByTestId('alert-acknowledge').click();
    await expect(same).toHaveAttribute('data-state', 'acknowledged');
    await house.settled();
    await expect(same.getByTestId('alert-standing')).toContainText('Acknowledged by');
    await same.getByTestId('alert-reopen').click();
    await expect(same).toHaveAttribute('data-state', 'open');
  });

  test('are found by rule and urgency through the address', async ({ house }) => {
    await house.signIn('admin');
    await house.open('/alerts?rule=stale&priority=high');
    await expect(house.id('alert').first()).toBeVisible();
    for (const rule of await house.id('alert').evaluateAll((all) => all.map((one) => one.getAttribute('data-rule')))) expect(rule).toBe('stale');
    for (const badge of await house.id('priority-badge').allInnerTexts()) expect(badge).toMatch(/Critical|High/);
  });

  test('go away with a recorded activity, after the next look', async ({ house, page }) => {
    await house.signIn('admin');
    // Where a pipeline's activities are not recorded at all, silence says nothing.
    await house.recordActivity((await house.ownDeal()).id, 'Called them');
    const deal = await house.ownDeal('Quiet');
    await house.sweep();
    await house.openWithAlert(deal, 'stale');
    await house.id('activity-subject').fill('Called, they are back from holidays');
    await house.id('activity-submit').click();
    await expect(page.locator('#history').locator('..').locator('..')).toContainText('back from holidays');
    await house.sweep();
    await expect(async () => {
      await house.open(`/deals/${deal.id}`);
      await expect(house.alertOn('stale')).toHaveCount(0, { timeout: 1_000 });
    }).toPass({ timeout: 60_000 });
  });

  test('are handled together once chosen', async ({ house }) => {
    await house.signIn('admin');
    const deal = await house.ownDeal();
    const headlines = [`First of ${deal.title}`, `Second of ${deal.title}`];
    for (const headline of headlines) await house.raiseAlert(deal.id, headline, 'critical');
    await house.open(`/alerts?state=open&deal=${deal.id}`);
    await expect(house.id('alert')).toHaveCount(2);
    await house.id('alert-choose').nth(0).check();
    await house.id('alert-choose').nth(1).check();
    await house.id('bulk').click();
    await house.id('bulk-what').selectOption('snooze_7');
    await house.id('bulk-apply').click();
    await expect(house.id('alert')).toHaveCount(0);
    await house.open(`/alerts?state=snoozed&deal=${deal.id}`);
    await expect(house.id('alert')).toHaveCount(2);
  });
});

test.describe('notifications', () => {
  test('reach an open tab at once, with a toast for what is critical', async ({ house, page, javaScriptEnabled }) => {
    test.skip(javaScriptEnabled === false, 'live only with scripts');
    await house.signIn('rep');
    await expect(page.locator('html')).toHaveAttribute('data-live', 'true');
    const deal = (await house.dealIds())[0];
    const count = async () => Number((await house.id('bell-count').textContent()) || '0');
    const before = await count();
    const headline = `The champion left at ${Date.now()}`;
    await house.raiseAlert(deal, headline, 'critical');
    await expect(house.id('toast').filter({ hasText: headline })).toBeVisible();
    await expect.poll(count).toBeGreaterThan(before);
    await house.id('bell').click();
    await expect(house.id('notification').filter({ hasText: headline })).toBeVisible();
    await house.id('mark-all-read').click();
    await expect(page.locator('[data-testid=notification][data-read=false]')).toHaveCount(0);
  });

  test('are chosen by each person', async ({ house, page }) => {
    await house.signIn('rep');
    await house.open('/notifications/settings');
    await page.locator('[name=time_zone]').fill('Europe/Berlin');
    await page.locator('[name=digest_hour]').selectOption('7');
    await page.locator('[name=slack]').selectOption('none');
    await page.locator('[value="stale:email"]').check();
    await house.id('settings-save').click();
    await expect(house.id('settings-saved')).toBeVisible();
    await house.open('/notifications/settings');
    await expect(page.locator('[name=time_zone]')).toHaveValue('Europe/Berlin');
    await expect(page.locator('[name=digest_hour]')).toHaveValue('7');
    await expect(page.locator('[name=slack]')).toHaveValue('none');
    await expect(page.locator('[value="stale:email"]')).toBeChecked();
  });

  test.describe('with a time zone that is none', () => {
    test.use({ expectedErrors: [/status of 422/] });
    test('say so', async ({ house, page }) => {
      await house.signIn('rep');
      await house.open('/notifications/settings');
      await page.locator('[name=time_zone]').fill('Middle Earth');
      await house.id('settings-save').click();
      await expect(house.id('settings-error')).toContainText('Europe/Berlin');
    });
  });
});

test.describe('the monitoring', () => {
  test('keeps a chosen limit and refuses nonsense', async ({ house, page }) => {
    await house.signIn('admin');
    await house.open('/monitoring');
    const stale = page.locator('[data-testid=place][data-place=workspace] [data-rule=stale]');
    await stale.getByTestId('limit').fill('18');
    await stale.getByTestId('limit-save').click();
    await expect(stale.getByTestId('threshold-holds')).toContainText('18 days (chosen here)');
    await house.settled();
    await stale.getByTestId('limit').fill('');
    await stale.getByTestId('limit-save').click();
    await expect(stale.getByTestId('threshold-holds')).toContainText('14 days (inherited)');
  });

  test('shows the jobs to admins only', async ({ house }) => {
    await house.signIn('admin');
    await house.id('nav-jobs').click();
    await expect(house.id('queue')).toHaveCount(4);
    await house.signOut();
    await house.signIn('manager');
    await expect(house.id('nav-jobs')).toHaveCount(0);
  });
});
