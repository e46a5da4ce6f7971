import { expect, test } from './house';

test.describe('the risk dashboard', () => {
  test.beforeEach(async ({ house }) => {
    await house.signIn('manager');
    await house.id('nav-dashboard').click();
    await expect(house.id('risk-table')).toBeVisible();
  });

  test('ranks the ten deals with the most revenue at risk', async ({ house }) => {
    await expect(house.rows).toHaveCount(10);
    const risks = await house.amounts('deal-risk');
    expect(risks).toEqual([...risks].sort((a, b) => b - a));
    await expect(house.id('risk-definition')).toContainText('Revenue at risk is');
  });

  test('shows totals by health that add up, and the distribution as a chart and as figures', async ({ house }) => {
    const totals = house.id('health-total');
    await expect(totals).toHaveCount(4);
    const counts = await totals.locator('a').allInnerTexts();
    const sum = counts.map((text) => Number.parseInt(text.replace(/\D/g, ''), 10)).reduce((a, b) => a + b, 0);
    await expect(house.id('stat-open-deals')).toContainText(sum.toLocaleString('en'));
    const chart = house.id('distribution-chart').locator('svg');
    await expect(chart).toBeVisible();
    expect(await chart.locator('rect, path, polygon').count()).toBeGreaterThan(2);
    await expect(house.id('distribution-table')).toBeAttached();
  });

  test('leads to a deal', async ({ house }) => {
    const link = house.rows.first().getByTestId('deal-link');
    const title = await link.innerText();
    await link.click();
    await expect(house.id('deal-title')).toHaveText(title);
  });
});
