import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, facts } from '../incident/testdata/november-2022.ts';
import { whole } from '../incident/testdata/whole.ts';
import { viewOf } from '../incident/view.ts';
import type { Entry } from '../journal/entry.ts';
import { draft, shillings } from './draft.ts';
import { toHtml } from './html.ts';
import { toMarkdown, wordsIn } from './markdown.ts';
import { readMeasures } from './measures.ts';
import { regulatorForm } from './regulator.ts';
import { verify } from './verify.ts';

const ID = 'inc-20221101-1';
const exact: Entry = {
  ...{ at: at(3, 4), source: 'watch', kind: 'impact.exact', subject: ID, ids: { incident: ID } },
  data: { failedPayments: 459_871, amountCents: '123456789050', merchants: 1_204 },
};
const hostile: Entry = {
  ...{ at: at(0, 50), source: 'person', kind: 'incident.noted', subject: ID, ids: { incident: ID } },
  ...{ actor: 'achieng', text: 'The logs say <script>alert(1)</script> | and more.' },
};
const journal = whole([...facts, exact, hostile], at(3, 10));
const view = viewOf(ID, journal);
assert.ok(view);
const report = draft(view, at(3, 6));
const markdown = toMarkdown(report);

test('the report of the outage of November 2022 is drafted from the journal, in the form of the one published', () => {
  const headings = [...markdown.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  assert.deepEqual(headings, [
    'Issue summary',
    'Timeline',
    'Root cause',
    'Resolution and recovery',
    'Corrective and preventive measures',
    'Impact in numbers',
  ]);
  for (const said of [
    'From 1 Nov 2022, 12:00:00 AM EAT to 1 Nov 2022, 3:00:00 AM EAT (3 h)',
    '460,000 of 480,000 requests failed, at the peak 100 % of them',
    'By the books 459,871 payments that were taken in this time failed: KES 1,234,567,890.50, of 1,204 merchants.',
    'At 11:55:00 PM this changed: New address of the authentication servers, by wanjiru.',
    '| 31 Oct 2022, 11:55:00 PM EAT | 2022-10-31T20:55:00.000Z |',
    'At 1:40:00 AM: The roll-back of release 42 is refused by the security checks.',
    'All servers are restarted in waves.',
    '| T1–T2 | first bad request to the alarm | 35 min | 3 s | **over** |',
    'stk-push: major outage from 1 Nov 2022, 12:00:02 AM EAT to 1 Nov 2022, 3:00:00 AM EAT',
  ]) {
    assert.ok(markdown.includes(said), `${said}\n---\n${markdown}`);
  }
});

test('words may be edited, and come back; the report is then in those words in each form', () => {
  const edited = markdown
    .replace(report.words.rootCause, 'An address that nobody had tried. It hung the library.')
    .replace(
      report.words.measures,
      '- Try each address first [test: R4: an address is tried in place]\n- Alarm sooner',
    );
  const words = wordsIn(edited);
  const again = draft(view, at(4, 0), words);
  assert.equal(again.words.rootCause, 'An address that nobody had tried. It hung the library.');
  assert.equal(again.words.summary, report.words.summary);
  assert.deepEqual(again.measures, [
    { text: 'Try each address first', test: 'R4: an address is tried in place' },
    { text: 'Alarm sooner', test: null },
  ]);
  assert.ok(toHtml(again).includes('An address that nobody had tried.'));
  assert.match(toMarkdown(again), /### Measures without a test that keeps them\n\n\* Alarm sooner/);
  assert.deepEqual(verify(ID, edited, journal), []);
});

test('a time that was changed is named, with what the journal says', () => {
  assert.deepEqual(verify(ID, markdown, journal), []);
  const row = report.timeline.find(({ kind }) => kind === 'alarm.raised');
  assert.ok(row);
  const sooner = markdown.replaceAll('12:35:00 AM', '12:05:00 AM');
  const [problem] = verify(ID, sooner, journal).filter(({ says }) => says.startsWith(`#${row.sequence} `));
  assert.match(
    problem?.says ?? '',
    /was at 1 Nov 2022, 12:35:00 AM EAT .* not at 1 Nov 2022, 12:05:00 AM EAT/,
  );
  const inWords = markdown.replace('## Root cause\n', '## Root cause\n\nAt 12:17 AM we saw it.\n');
  assert.match(verify(ID, inWords, journal)[0]?.says ?? '', /12:17 AM is no time of the journal/);
  assert.deepEqual(
    verify(ID, markdown.replace('## Root cause\n', '## Root cause\n\nAt 12:35 AM we saw it.\n'), journal),
    [],
  );
});

test('a row that was taken out is named', () => {
  const row = report.timeline.find(({ text }) => text.includes('refused by the security checks'));
  assert.ok(row);
  const shorter = markdown
    .split('\n')
    .filter((line) => !line.startsWith(`| #${row.sequence} |`))
    .join('\n');
  assert.match(
    verify(ID, shorter, journal).at(-1)?.says ?? '',
    new RegExp(`#${row.sequence} of .* is missing`),
  );
});

test('a duration that was changed in the table of instants is no instant of the journal', () => {
  const better = markdown.replace(
    '| T2 | alarm | 1 Nov 2022, 12:35:00 AM EAT',
    '| T2 | alarm | 1 Nov 2022, 12:01:00 AM EAT',
  );
  assert.notEqual(better, markdown);
  assert.notDeepEqual(verify(ID, better, journal), []);
});

test('what people wrote cannot break the page or the table', () => {
  const html = toHtml(report);
  assert.ok(html.includes('&lt;script&gt;alert(1)&lt;/script&gt;'));
  assert.ok(!html.includes('<script'));
  assert.ok(markdown.includes('</script> \\| and more.'));
});

test('the report is JSON as it is, and says up to which entry it goes', () => {
  const again = JSON.parse(JSON.stringify(report)) as typeof report;
  assert.deepEqual(again, report);
  const newest = journal.find(({ sequence }) => sequence === report.journal.sequence);
  assert.equal(newest?.hash, report.journal.hash);
});

test("the regulator's form has the times of detection, notice and recovery, and what was touched", () => {
  const form = regulatorForm(report);
  assert.equal(form.times.detected?.eat, '1 Nov 2022, 12:35:00 AM EAT');
  assert.equal(form.times.notified?.utc, '2022-10-31T21:35:00.000Z');
  assert.equal(form.durationMinutes, 180);
  assert.deepEqual(form.systems, ['stk-push']);
  assert.deepEqual(form.customers, {
    merchants: 1204,
    failedPayments: 459_871,
    failedRequests: 460_000,
  });
  assert.equal(form.valueCents, '123456789050');
});

test('measures are read a line each; amounts are whole cents', () => {
  assert.deepEqual(readMeasures('Intro\n* One [test: a test]\n\n- Two'), [
    { text: 'One', test: 'a test' },
    { text: 'Two', test: null },
  ]);
  assert.equal(shillings('5'), 'KES 0.05');
  assert.equal(shillings('not a number'), 'KES 0.00');
});

test('of a target that takes no payment no payment is said to have failed', () => {
  const ids = { alarm: 'a-1' };
  const data = { symptom: 'probe', severity: 'page', onset: at(0, 1) };
  const raised: Entry = {
    ...{ at: at(0, 2), source: 'alarm', kind: 'alarm.raised', subject: 'shop', data, ids },
    evidence: 'The probe of shop failed 3 times in a row.',
  };
  const probed = viewOf(ID, whole([raised], at(0, 30)));
  assert.ok(probed);
  const text = toMarkdown(draft(probed, at(0, 30)));
  assert.match(text, /what failed is: shop: does not answer\. No change is known/);
  assert.doesNotMatch(text, /payment/i);
});

test('without a known change, or before it is over, the report says so', () => {
  const early = facts.filter(
    ({ kind, at: time }) => !/^(release|rollout|operator|fleet)/.test(kind) && time < at(1, 0),
  );
  const open = viewOf(ID, whole(early, at(0, 45)));
  assert.ok(open);
  const text = toMarkdown(draft(open, at(0, 45)));
  assert.match(text, /Nothing is known to have changed in the hour before/);
  assert.match(text, /Since 1 Nov 2022, 12:00:00 AM EAT/);
  assert.deepEqual(verify(ID, text, whole(early, at(0, 45))), []);
});
