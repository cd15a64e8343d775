/** Whose answers teach what, on the real thing: forged ones, other trusted servers, network sets, modes. Needs root; runs a lab of its own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DnsLab } from './dns/dns-lab.ts'
import { type ForgedAnswer, forge } from './dns/forged-answers.ts'
import { eventually } from './support/eventually.ts'

let lab: DnsLab

beforeAll(async () => {
  lab = await DnsLab.start('e2e-dns-trust')
  await lab.allow(
    'names',
    { domains: ['rotate.test', '*.rotate.test', '*.silent.test', 'fixed-7.test'] },
    'fixed-7.test',
  )
}, 120_000)
afterAll(async () => {
  expect(await lab?.close()).toEqual([])
})

describe('an answer that somebody made', () => {
  const dns = { namespace: 'kube-system', name: 'dns' }
  const rogue = { namespace: 'team', name: 'rogue' }
  const [a1, a2] = [
    { namespace: 'team', name: 'a1' },
    { namespace: 'team', name: 'a2' },
  ]
  const honest = { by: dns, client: 'a1', server: '10.65.2.53', says: {} }
  /** Each is sent once, with an address of its own. */
  const forged: Readonly<Record<string, Omit<ForgedAnswer, 'asked' | 'address'>>> = {
    'of another server': { ...honest, by: rogue, server: '10.65.2.66' },
    'in the name of the trusted server, by a pod of another node': { ...honest, by: rogue },
    'in the name of the trusted server, by the pod itself': { ...honest, by: a1 },
    'in the name of the trusted server, by a neighbour': { ...honest, by: a2 },
    'with another number': { ...honest, says: { id: 0xfff0 } },
    'to another port': { ...honest, says: { port: 30_000 } },
    'to a question that nobody asked': { ...honest, says: { name: 'unasked.silent.test' } },
    'of a name that was not asked': { ...honest, says: { owner: 'other.silent.test' } },
    'in the additional section': { ...honest, says: { section: 'additionals' } },
  }

  test('teaches where the server, the number and the question are right: so the others below are well formed', async () => {
    const client = await lab.clientIn('a1')
    const address = '100.64.150.1'
    expect(await client.connects(address)).toBe(false)
    forge(lab, { ...honest, asked: 'honest.silent.test', address })
    await eventually('it is learnt', () => client.connects(address), 5000)
  })

  test('otherwise teaches nothing', async () => {
    const client = await lab.clientIn('a1')
    const all = Object.entries(forged).map(([what, answer], index) => {
      const address = `100.64.150.${100 + index}`
      for (let time = 0; time < 3; time++)
        forge(lab, { ...answer, asked: `f${index}-${time}.silent.test`, address })
      return { what, address }
    })
    await learnable()
    const connected = await Promise.all(all.map(({ address }) => client.connects(address)))
    expect(all.filter((_, index) => connected[index])).toEqual([])
  })

  test('with an address of a workload opens no way to it', async () => {
    const to = lab.addressOf('c1', 4)
    forge(lab, { ...honest, asked: 'pod.silent.test', address: to })
    await learnable()
    const probe = {
      from: lab.view.pod('team', 'a1'),
      to,
      protocol: 'TCP',
      port: 443,
      timeoutMs: 500,
    } as const
    expect((await lab.view.probe(probe)).outcome).toBe('blocked')
  })
})

/** Longer than what is believed takes to be learnt. */
const learnable = () => new Promise((resolve) => setTimeout(resolve, 300))

describe('domains of network sets', () => {
  test.each([
    ['GlobalNetworkSet', undefined],
    ['NetworkSet', 'team'],
  ])('of a %s count where a selector selects it, and while they are there', async (kind, namespace) => {
    const name = kind.toLowerCase()
    const domain = `x.${kind.length}.fixed-31.test`
    const metadata = { name, labels: { partner: name }, ...(namespace === undefined ? {} : { namespace }) }
    const apply = (allowedEgressDomains: string[]) =>
      lab.apply('projectcalico.org/v3', kind, { metadata, spec: { allowedEgressDomains } })
    await apply([`*.${kind.length}.fixed-31.test`])
    const namespaces =
      namespace === undefined ? { namespaceSelector: 'global()' } : { namespaceSelector: 'all()' }
    await lab.allow(name, { selector: `partner == '${name}'`, ...namespaces }, domain)
    await apply(['elsewhere.test'])
    await eventually('it is denied', async () => (await lab.tries('a1', domain)) === 'failed')
  })
})

describe('settings', () => {
  test('dnsTrustedServers: addresses instead of the service, of both IP versions', async () => {
    await lab.settings('default', { dnsTrustedServers: ['10.65.2.66', '[fd65::2:66]:53'] })
    for (const version of [4, 6] as const) {
      await eventually(
        'the other resolver teaches',
        async () => (await lab.tries('a1', 'n.rotate.test', { version, resolver: 'rogue' })) === 'connected',
      )
      expect(await lab.tries('a1', 'n.rotate.test', { version })).toBe('failed')
    }
    await lab.settings('default', {})
    await eventually(
      'the first does again',
      async () => (await lab.tries('a1', 'n.rotate.test')) === 'connected',
    )
    expect(await lab.tries('a1', 'n.rotate.test', { resolver: 'rogue' })).toBe('failed')
  })

  test('NoDelay: names are resolved, and connections come about, if not at once', async () => {
    await lab.settings('default', { dnsPolicyMode: 'NoDelay' })
    const client = await lab.clientIn('a1')
    const question = lab.question('n#.rotate.test')
    const result = await client.firstConnections(question, 100, { concurrency: 4, withinMs: 5000 })
    await lab.settings('default', {})
    expect(result.problems).toEqual([])
    expect(result.connected).toBe(100)
  })
})
