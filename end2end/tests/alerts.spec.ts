import { expect, test } from './house';

test.describe('alerts', () => {
  test('say what is wrong, and can be acknowledged and taken back', async ({ house, page }) => {
    await house.signIn('manager');
    await house.open('/alerts?rule=overdue');
    const alert = house.id('alert').first();
    await expect(alert).toBeVisible();
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
    await house.open('/alerts?rule=stale');
    const before = Number((await house.id('alert-total').innerText()).replace(/,/g, ''));
    await house.id('alert-deal').first().click();
    await expect(house.id('deal-alerts')).toBeVisible();
    await house.settled();
    await house.id('activity-subject').fill('Called, they are back from holidays');
    await house.id('activity-submit').click();
    await expect(page.locator('#history').locator('..').locator('..')).toContainText('back from holidays');
    await house.open('/monitoring');
    await house.id('sweep-now').click();
    await expect(house.id('monitoring-asked')).toBeVisible();
    await expect
      .poll(
        async () => {
          await house.open('/alerts?rule=stale');
          return Number((await house.id('alert-total').innerText()).replace(/,/g, ''));
        },
        { timeout: 30_000 },
      )
      .toBeLessThan(before);
  });

  test('are handled together once chosen', async ({ house }) => {
    await house.signIn('admin');
    await house.open('/alerts?state=open');
    const total = async () => Number((await house.id('alert-total').innerText()).replace(/,/g, ''));
    const before = await total();
    await house.id('alert-choose').nth(0).check();
    await house.id('alert-choose').nth(1).check();
    await house.id('bulk').click();
    await house.id('bulk-what').selectOption('snooze_7');
    await house.id('bulk-apply').click();
    await expect.poll(total).toBe(before - 2);
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
    const raised = await page.evaluate(async (deal_id) => {
      const body = JSON.stringify({ deal_id, cause: `test ${Date.now()}`, headline: 'The champion left', priority: 'critical' });
      const answer = await fetch('/api/v1/alerts', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      return answer.status;
    }, deal);
    expect(raised).toBe(201);
    await expect(house.id('toast')).toContainText('The champion left');
    await expect.poll(count).toBe(before + 1);
    await house.id('bell').click();
    await expect(house.id('notification').first()).toContainText('The champion left');
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
    test.use({ expectedErrors: [/500/] });
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
