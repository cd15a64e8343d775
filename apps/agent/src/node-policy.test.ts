import { defaultCompileOptions } from '@margay/dataplane'
import type { Resource } from '@margay/resources'
import { expect, test } from 'vitest'
import { NodePolicy } from './node-policy.ts'

test('what is not understood of a policy denies, and of a staged one would', () => {
  const policy = new NodePolicy({
    nodeName: 'n1',
    interfaces: () => ({ interfaces: [], linkLocals: new Map() }),
    compile: defaultCompileOptions,
  })
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
