import { eatClock } from '../../incident/eat.ts';
import { at, facts } from '../../incident/testdata/november-2022.ts';
import { whole } from '../../incident/testdata/whole.ts';
import { viewOf } from '../../incident/view.ts';
import { dateOf } from '../days.ts';
import type { ShownComponent, ShownIncident, StatusState } from '../state.ts';

const DAY = 86_400_000;

/** In the middle of the outage of November 2022, with an older incident, planned work and a person's word. */
export const now = at(1, 45);
const raised = at(0, 35);

const shown = (until: number): ShownIncident => {
  const view = viewOf(
    'inc-20221101-1',
    whole(
      facts.filter((one) => one.at <= until),
      until,
    ),
  );
  if (view === undefined) throw new Error('the fixture has its incident');
  return { ...view.incident, detectedAfterMs: raised - view.incident.onset };
};

const component = (id: string, name: string, rest: Partial<ShownComponent> = {}): ShownComponent => ({
  ...{
    id,
    name,
    state: 'operational',
    since: now - 40 * DAY,
    why: 'all requests and probes succeed',
    override: null,
  },
  intervals: [],
  requests: Object.fromEntries(
    Array.from({ length: 90 }, (_, day) => [dateOf(now - day * DAY), { good: 90_000, bad: day % 17 }]),
  ),
  watchedSince: now - 80 * DAY,
  ...rest,
});

export const outage: StatusState = {
  page: { id: 'imara', name: 'Imara', url: 'https://status.example.co.ke' },
  checkedAt: now - 2_000,
  components: [
    component('stk-push', 'STK Push', {
      ...{ state: 'major_outage', since: at(0, 0, 2), why: 'half and more of the requests fail' },
      intervals: [
        {
          component: 'stk-push',
          state: 'degraded_performance',
          from: now - 61 * DAY,
          to: now - 61 * DAY + 4_000_000,
        },
        {
          component: 'stk-push',
          state: 'partial_outage',
          from: now - 33 * DAY,
          to: now - 33 * DAY + 1_500_000,
        },
        { component: 'stk-push', state: 'major_outage', from: at(0, 0, 2), to: null },
      ],
    }),
    component('c2b', 'C2B', {
      ...{ state: 'partial_outage', since: at(0, 0, 9), why: '5 % and more of the requests fail' },
      intervals: [{ component: 'c2b', state: 'partial_outage', from: at(0, 0, 9), to: null }],
    }),
    component('b2c', 'B2C', {
      ...{ state: 'degraded_performance', since: at(0, 20), why: 'requests take longer than is usual' },
      override: { by: 'Achieng', reason: 'payouts are slow, none is lost', until: at(2, 15) },
      intervals: [{ component: 'b2c', state: 'degraded_performance', from: at(0, 20), to: null }],
    }),
    component('account-balance', 'Account balance', {
      state: 'under_maintenance',
      why: 'planned work',
      since: at(1, 30),
    }),
    component('tokens', 'Tokens (OAuth)'),
    component('callbacks', 'Callbacks', { description: 'Results delivered to merchants' }),
  ],
  incidents: [
    shown(now),
    {
      ...{
        id: 'inc-20220929-1',
        title: 'api: requests fail',
        impact: 'major',
        phase: 'resolved',
        taken: null,
        nextUpdateAt: null,
      },
      ...{
        onset: now - 33 * DAY,
        openedAt: now - 33 * DAY + 2_000,
        resolvedAt: now - 33 * DAY + 1_500_000,
        detectedAfterMs: 1_800,
      },
      updates: [
        {
          at: now - 33 * DAY + 2_000,
          phase: 'investigating',
          text: 'api: requests fail. Detected automatically, being confirmed.',
          by: null,
          nextAt: now - 33 * DAY + 302_000,
        },
        {
          at: now - 33 * DAY + 1_500_000,
          phase: 'resolved',
          text: 'It is over: requests have succeeded for five minutes and the alarm is closed.',
          by: null,
          nextAt: null,
        },
      ],
      intervals: [
        {
          component: 'stk-push',
          state: 'partial_outage',
          from: now - 33 * DAY,
          to: now - 33 * DAY + 1_500_000,
        },
      ],
      exact: { failedPayments: 214, amountCents: '41235000', merchants: 37 },
      reportUrl: 'reports/inc-20220929-1.html',
    },
  ],
  planned: [
    {
      ...{ id: 'work-1', title: 'A new database for account balances', components: ['account-balance'] },
      ...{
        from: at(1, 30),
        to: at(3, 30),
        text: `Balances may be a minute old until ${eatClock(at(3, 30))} EAT.`,
      },
    },
  ],
};

export const quiet: StatusState = {
  ...outage,
  components: outage.components.map(({ id, name }) => component(id, name)),
  incidents: outage.incidents.slice(1),
  planned: [],
};
