import { defaultCompileOptions } from '@margay/dataplane'
import { admit, type Resource } from '@margay/resources'
import { expect, test } from 'vitest'
import { NodePolicy } from './node-policy.ts'

const nodePolicy = () =>
  new NodePolicy({
    nodeName: 'n1',
    interfaces: () => ({ interfaces: [], linkLocals: new Map() }),
    compile: defaultCompileOptions,
  })

test('settings of encryption that contradict each other are told, for this node', () => {
  const told = ['node.n1', 'node.n2'].map((name) => {
    const admission = admit({
      apiVersion: 'projectcalico.org/v3',
      kind: 'FelixConfiguration',
      metadata: { name },
      spec: { wireguardEnabled: true, wireguardEnabledV6: true, wireguardListeningPort: 51821 },
    })
    if (!admission.ok) throw new Error(name)
    return nodePolicy().take([{ before: undefined, after: admission.resource }]).problems
  })
  const line =
    'FelixConfiguration: wireguardListeningPort and wireguardListeningPortV6 are both 51821; IPv6 has 51820 instead'
  expect(told).toEqual([[line], []])
})

test('what is not understood of a policy denies, and of a staged one would', () => {
  const policy = nodePolicy()
  const { problems } = policy.take(
    ['NetworkPolicy', 'StagedNetworkPolicy'].map((kind) => ({ before: undefined, after: unadmitted(kind) })),
  )
  expect(problems).toEqual([
    expect.stringMatching(/^np:shop\/p: .*; it denies instead$/),
    expect.stringMatching(/^snp:shop\/p: .*; it would deny instead$/),
  ])
})

/** As no API has it. */
function unadmitted(kind: string): Resource {
  const metadata = { namespace: 'shop', name: 'p' }
  const spec = { selector: 'all()', types: ['Ingress'], ingress: [{ action: 'Allow', protocol: 'GRE' }] }
  return { apiVersion: 'projectcalico.org/v3', kind, metadata, spec } as unknown as Resource
}
