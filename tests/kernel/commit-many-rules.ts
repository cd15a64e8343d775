/** For transaction-is-whole.test.ts: `node commit-many-rules.ts NETNS RULES` commits so many rules, and one instead, until it is killed. */
import { NetlinkDriver } from '@margay/agent'
import { table } from '@margay/dataplane'
import type { Change, NftRule } from '@margay/netlink/nftables'

const [, , netns, count] = process.argv
const driver = new NetlinkDriver(netns)
const ours = table('inet')
const counting: NftRule = { expressions: [{ type: 'counter' }] }
const dropping: NftRule = { expressions: [{ type: 'verdict', verdict: { kind: 'drop' } }] }

function refill(rules: readonly NftRule[]): Change[] {
  return [
    { do: 'flush-chain', table: ours, chain: 'c' },
    ...rules.map((rule): Change => ({ do: 'add-rule', table: ours, chain: 'c', rule })),
  ]
}

const many = refill(Array.from({ length: Number(count) }, () => counting))
driver.commit([
  { do: 'add-table', table: ours },
  { do: 'add-chain', table: ours, chain: { name: 'c' } },
  ...refill([dropping]),
])
process.stdout.write('committing\n')
for (;;) {
  driver.commit(many)
  driver.commit(refill([dropping]))
}
