/** A packet out of a pod comes back from its policy, which has to have said yes: that it came back proves nothing. */
import type { TableContent } from '@margay/netlink/nftables'
import { describe, expect, test } from 'vitest'
import * as bytes from '../emit/bytes.ts'
import { interpret, type Packet } from '../interpret/interpret.testkit.ts'
import { compile } from './compile.ts'
import { defaultCompileOptions } from './options.ts'
import { policy, worldWith } from './world.testkit.ts'

const node = { name: 'node-1', interfaces: [], linkLocals: new Map() }
const world = worldWith(
  policy('web-egress', {
    selector: "app == 'web'",
    types: ['Egress'],
    egress: [{ action: 'Allow', protocol: 'TCP', destination: { nets: ['203.0.113.0/24'] } }],
  }),
)
const inet = tableOf()
const web = 'cali551b05c3e54'

function tableOf(): TableContent {
  const [table] = compile(world, node, defaultCompileOptions)
  if (table === undefined) throw new Error('no table')
  return table
}

/** From shop/web to an address that it may ask by TCP; `protocol` 17 is denied. */
function outOfWeb({ protocol = 6, mark = 0, oifname = 'eth0' as string | undefined } = {}): Packet {
  const addresses = [10, 65, 0, 1, 203, 0, 113, 9]
  const network = bytes.concat(new Uint8Array(12), Uint8Array.from(addresses))
  return { iifname: web, oifname, version: 4, network, protocol, transport: new Uint8Array(8), mark }
}

/** The chains that are there for policy, and not whatever it is. */
const ofPolicy = [...inet.chains.keys()].filter((name) =>
  /^(from|egress|to-peer|e)-.*[0-9a-f]{16}$/.test(name),
)

function without(chain: string): TableContent {
  const content = inet.chains.get(chain)
  if (content === undefined) throw new Error(`no chain ${chain}`)
  return { ...inet, chains: new Map([...inet.chains, [chain, { ...content, rules: [] }]]) }
}

test('what is allowed goes on with the mark that it had, and what is denied does not', () => {
  expect(interpret(inet, 'forward', outOfWeb({ mark: 0xabcd }))).toMatchObject({
    verdict: 'accept',
    mark: 0xabcd,
  })
  expect(interpret(inet, 'forward', outOfWeb({ protocol: 17 })).verdict).toBe('drop')
})

describe.each(['forward', 'input'])('in %s', (base) => {
  const oifname = base === 'forward' ? 'eth0' : undefined

  test('a chain that looks empty to a packet under way is no allowance, whatever mark the packet came with', () => {
    expect(ofPolicy.length).toBeGreaterThanOrEqual(5)
    const onTheWay = ofPolicy.filter((chain) =>
      [0, 0xffff_ffff].every((mark) => {
        const { verdict, comment } = interpret(without(chain), base, outOfWeb({ mark, oifname }))
        return verdict === 'drop' && comment === 'a pod without policy yet'
      }),
    )
    const elsewhere = ofPolicy.filter((chain) => !onTheWay.includes(chain))
    expect(onTheWay.length).toBe(4)
    for (const chain of elsewhere)
      expect(interpret(without(chain), base, outOfWeb({ oifname })).comment).not.toBe(
        'a pod without policy yet',
      )
  })

  test('a foreign mark does not turn a denial round', () => {
    expect(interpret(inet, base, outOfWeb({ protocol: 17, mark: 0xffff_ffff, oifname })).verdict).toBe('drop')
  })
})

test('of two prefixes of pods’ interfaces the longer one adds nothing: a packet is judged once', () => {
  const felix = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'FelixConfiguration',
    metadata: { name: 'default' },
    spec: { interfacePrefix: 'cali,calico,cali' },
  }
  const [table] = compile(worldWith(felix), node, defaultCompileOptions)
  const entries = table?.chains
    .get('forward')
    ?.rules.filter(({ expressions }) => JSON.stringify(expressions).includes('from-pod'))
  expect(entries?.length).toBe(1)
})
