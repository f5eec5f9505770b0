import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dnsServer } from '../../../test/auth/broken-servers.ts';
import { Deadline } from '../../platform/deadline.ts';
import { tasteNameServers } from './name-servers.ts';

const [nobody, records, mute] = await Promise.all([
  dnsServer(() => 'nxdomain'),
  dnsServer(() => []),
  dnsServer(() => undefined),
]);

async function tasted(servers: string[], served?: string[]) {
  const { bad, warnings } = await tasteNameServers(
    'delivery.dnsServers',
    servers,
    served,
    Deadline.in(10_000),
  );
  return { bad: bad && `${bad.key}: ${bad.cause}`, warnings: warnings.map(({ key }) => key) };
}

test('R4: a name server that answers is good, whatever it knows; none at all is those of the machine', async () => {
  assert.deepEqual(await tasted([nobody.address, records.address]), { bad: undefined, warnings: [] });
  assert.deepEqual(await tasted([]), { bad: undefined, warnings: [] });
});

test('R4: one that is no address, or is silent, is refused where it is new, by its place', async () => {
  const [noAddress, silent] = await Promise.all([
    tasted([nobody.address, 'nowhere']),
    tasted([mute.address, nobody.address], [nobody.address]),
  ]);
  assert.match(noAddress.bad ?? '', /^delivery\.dnsServers\[1\]: .*nowhere/);
  assert.match(silent.bad ?? '', /^delivery\.dnsServers\[0\]: .*(ETIMEOUT|time)/);
});

test('R4: one that was silent before is a warning, and so is a whole list that nobody changed; what loses all that works is refused', async () => {
  const [one, all, lost] = await Promise.all([
    tasted([nobody.address, mute.address], [mute.address]),
    tasted([mute.address], [mute.address]),
    tasted([mute.address], [mute.address, nobody.address]),
  ]);
  assert.deepEqual(one, { bad: undefined, warnings: ['delivery.dnsServers[1]'] });
  assert.deepEqual(all, { bad: undefined, warnings: ['delivery.dnsServers[0]'] });
  assert.match(lost.bad ?? '', /^delivery\.dnsServers\[0\]/);
});
