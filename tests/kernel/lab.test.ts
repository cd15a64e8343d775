/** The lab against the real kernel: every claim of packages/lab/README.md, with real packets. Needs root. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  createLab,
  type Lab,
  LabClosedError,
  LabInUseError,
  type LabMember,
  type LabNode,
  LabNotFoundError,
  type LabPod,
  listLabs,
  MissingCommandError,
  openLab,
  type ProbeProtocolName,
  type ProbeRequest,
  type ProbeResult,
  removeStaleLab,
} from '@margay/lab'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'

const repository = join(import.meta.dirname, '../..')
const stateDirectory = mkdtempSync(join(tmpdir(), 'margay-lab-test-'))
const labName = (suffix: string) => `test${process.pid}${suffix}`
const rootBefore = rootNamespace()

afterAll(() => {
  rmSync(stateDirectory, { recursive: true, force: true })
})

describe('a lab of two nodes', () => {
  let lab: Lab
  let a: LabNode
  let b: LabNode
  let client: LabPod
  let near: LabPod
  let far: LabPod

  beforeAll(async () => {
    lab = await createLab({ name: labName('two'), stateDirectory })
    a = await lab.addNode('a')
    b = await lab.addNode('b')
    const pods = await lab.addPods([podSpec(1, 'a'), podSpec(2, 'a'), podSpec(3, 'b')])
    client = pods[0] as LabPod
    near = pods[1] as LabPod
    far = pods[2] as LabPod
    await lab.serve([...pods, a, b], { tcp: [80], udp: [53] })
  })
  afterAll(() => lab.close())
  afterEach(() => Promise.all([a, b].map((node) => lab.runInNode(node, 'nft', ['flush', 'ruleset']))))

  const rules = (node: LabNode, ...lines: string[]) =>
    lab.runInNode(node, 'nft', ['-f', '-'], forwardChain('forward', lines))

  const kinds: { protocol: ProbeProtocolName | number; port?: number; ip: 4 | 6; drop: string }[] = [
    { protocol: 'TCP', port: 80, ip: 4, drop: 'meta nfproto ipv4 tcp dport 80' },
    { protocol: 'TCP', port: 80, ip: 6, drop: 'meta nfproto ipv6 tcp dport 80' },
    { protocol: 'TCP', port: 81, ip: 4, drop: 'meta nfproto ipv4 tcp dport 81' },
    { protocol: 'TCP', port: 81, ip: 6, drop: 'meta nfproto ipv6 tcp dport 81' },
    { protocol: 'UDP', port: 53, ip: 4, drop: 'meta nfproto ipv4 udp dport 53' },
    { protocol: 'UDP', port: 53, ip: 6, drop: 'meta nfproto ipv6 udp dport 53' },
    { protocol: 'UDP', port: 54, ip: 4, drop: 'meta nfproto ipv4 udp dport 54' },
    { protocol: 'UDP', port: 54, ip: 6, drop: 'meta nfproto ipv6 udp dport 54' },
    { protocol: 'SCTP', port: 9, ip: 4, drop: 'meta nfproto ipv4 sctp dport 9' },
    { protocol: 'SCTP', port: 9, ip: 6, drop: 'meta nfproto ipv6 sctp dport 9' },
    { protocol: 'UDPLite', port: 9, ip: 4, drop: 'meta nfproto ipv4 udplite dport 9' },
    { protocol: 'UDPLite', port: 9, ip: 6, drop: 'meta nfproto ipv6 udplite dport 9' },
    { protocol: 'ICMP', ip: 4, drop: 'icmp type echo-request' },
    { protocol: 'ICMPv6', ip: 6, drop: 'icmpv6 type echo-request' },
    { protocol: 47, ip: 4, drop: 'meta nfproto ipv4 meta l4proto 47' },
    { protocol: 47, ip: 6, drop: 'meta nfproto ipv6 meta l4proto 47' },
    { protocol: 253, ip: 4, drop: 'meta nfproto ipv4 meta l4proto 253' },
    { protocol: 253, ip: 6, drop: 'meta nfproto ipv6 meta l4proto 253' },
  ]
  const requestOf = (kind: (typeof kinds)[number], from: LabMember, to: LabMember): ProbeRequest => ({
    from,
    to: ipOf(to, kind.ip),
    protocol: kind.protocol,
    ...(kind.port === undefined ? {} : { port: kind.port }),
    timeoutMs: 1000,
  })

  test('without rules everything reaches everything', async () => {
    const members = [client, near, far, a, b]
    const requests = kinds.flatMap((kind) =>
      members.flatMap((from) => members.map((to) => requestOf(kind, from, to))),
    )
    const results = await lab.probeAll(requests)
    expect(surprises(requests, results, 'reached')).toEqual([])
    const answering = requests.map(({ protocol }) => ['TCP', 'UDP', 'ICMP', 'ICMPv6'].includes(`${protocol}`))
    expect(results.map((result) => result.isAnswered)).toEqual(answering)
  })

  test.each(kinds)('a rule that drops "$drop" blocks that and nothing else', async (dropped) => {
    await rules(a, `${dropped.drop} drop`)
    const requests = kinds.map((kind) => ({
      ...requestOf(kind, client, far),
      timeoutMs: kind === dropped ? 200 : 2000,
    }))
    const results = await lab.probeAll(requests)
    expect(results.map((result) => result.outcome)).toEqual(
      kinds.map((kind) => (kind === dropped ? 'blocked' : 'reached')),
    )
  })

  test('a rule in one node judges what passes through that node only', async () => {
    await rules(b, 'tcp dport 80 drop')
    const probe = (to: LabPod, timeoutMs: number) =>
      lab.probe({ from: client, to: ipOf(to, 4), protocol: 'TCP', port: 80, timeoutMs })
    expect((await probe(near, 10_000)).outcome).toBe('reached')
    expect((await probe(far, 300)).outcome).toBe('blocked')
  })

  test('every probe is the start of a new connection to conntrack', async () => {
    await rules(a, 'ct state established,related accept', 'ct state new accept', 'drop')
    const requests = kinds.flatMap((kind) => [requestOf(kind, client, near), requestOf(kind, client, far)])
    expect(surprises(requests, await lab.probeAll(requests), 'reached')).toEqual([])
  })

  test('checksums are right: conntrack takes the packets also when it verifies them', async () => {
    const verify = (value: string) =>
      lab.runInNode(a, 'sh', ['-c', `echo ${value} > /proc/sys/net/netfilter/nf_conntrack_checksum`])
    await verify('1')
    await rules(a, 'ct state invalid drop')
    const verified = kinds.filter((kind) => kind.protocol !== 'UDPLite')
    const requests = verified.map((kind) => requestOf(kind, client, near))
    expect(surprises(requests, await lab.probeAll(requests), 'reached')).toEqual([])
    await verify('0')
  })

  test('any ICMP type and code can be sent; conntrack takes requests only as new', async () => {
    const types = [
      ...[0, 3, 4, 5, 8, 11, 13, 15, 17, 42, 255].map((icmpType) => ({
        protocol: 'ICMP' as const,
        ip: 4 as const,
        icmpType,
      })),
      ...[1, 2, 3, 4, 128, 129, 131, 135, 139, 200].map((icmpType) => ({
        protocol: 'ICMPv6' as const,
        ip: 6 as const,
        icmpType,
      })),
    ]
    const requests = types.map(({ protocol, ip, icmpType }) => ({
      from: client,
      to: ipOf(near, ip),
      protocol,
      icmpType,
      icmpCode: icmpType === 8 || icmpType === 128 ? 0 : 3,
      timeoutMs: 1000,
    }))
    expect(surprises(requests, await lab.probeAll(requests), 'reached')).toEqual([])
    await rules(a, 'icmp type 3 icmp code 3 drop', 'icmpv6 type 1 icmpv6 code 3 drop')
    const chosen = await lab.probeAll(requests)
    expect(blockedOf(requests, chosen).map((request) => request.icmpType)).toEqual([3, 1])
    await lab.runInNode(a, 'nft', ['flush', 'ruleset'])
    await rules(a, 'ct state invalid drop')
    const tracked = await lab.probeAll(requests)
    expect(blockedOf(requests, tracked).map((request) => request.icmpType)).toEqual([
      0, 3, 4, 5, 11, 42, 255, 1, 2, 3, 4, 129, 200,
    ])
  })

  test('a packet that a router rejects has not arrived', async () => {
    await rules(a, 'tcp dport 80 reject with tcp reset', 'reject')
    const requests = kinds.map((kind) => ({ ...requestOf(kind, client, near), timeoutMs: 200 }))
    const results = await lab.probeAll(requests)
    expect(surprises(requests, results, 'blocked')).toEqual([])
    expect(results[0]?.detail).toContain('reset, although the port is served')
    expect(results[2]?.detail).toContain(`from ${ipOf(a, 4)}`)
    expect(results[4]?.detail).toContain(`from ${ipOf(a, 4)}`)
  })

  test('a datagram that arrived but whose answer is lost is reached, and not answered', async () => {
    await rules(a, 'udp sport 53 drop', 'icmp type echo-reply drop')
    const common = { from: client, to: ipOf(near, 4), timeoutMs: 1000 }
    for (const request of [
      { ...common, protocol: 'UDP' as const, port: 53 },
      { ...common, protocol: 'ICMP' as const },
    ]) {
      expect(await lab.probe(request)).toMatchObject({ outcome: 'reached', isAnswered: false })
    }
  })

  test('a drop in the sender’s own output hook blocks, for every protocol', async () => {
    await lab.runInNode(
      a,
      'nft',
      ['-f', '-'],
      forwardChain('output', ['ip daddr 10.77.0.2 drop', 'ip6 daddr fd77::2 drop']),
    )
    const requests = kinds.map((kind) => ({ ...requestOf(kind, a, near), timeoutMs: 200 }))
    expect(surprises(requests, await lab.probeAll(requests), 'blocked')).toEqual([])
  })

  test('a given source port is used, also one on which the pod itself listens', async () => {
    await rules(a, 'th sport { 53, 80, 4321 } accept', 'meta l4proto { tcp, udp, sctp, udplite } drop')
    const ports = { TCP: 80, UDP: 53, SCTP: 9, UDPLite: 9 } as const
    const requests = [4, 6].flatMap((ip) =>
      Object.entries(ports).flatMap(([protocol, port]) =>
        [80, 53, 4321, undefined].map((sourcePort) => ({
          from: client,
          to: ipOf(near, ip as 4 | 6),
          protocol: protocol as ProbeProtocolName,
          port,
          ...(sourcePort === undefined ? { timeoutMs: 200 } : { timeoutMs: 5000, sourcePort }),
        })),
      ),
    )
    // The answers of the servers come from 80 and 53, which the rule lets through.
    const results = await lab.probeAll(requests, { concurrency: 1 })
    expect(results.map((result) => result.outcome)).toEqual(
      requests.map((request) => ('sourcePort' in request ? 'reached' : 'blocked')),
    )
  })

  test('requests that make no sense are errors that say why, and nothing else', async () => {
    const base = { from: client, protocol: 'TCP' as const, port: 80, timeoutMs: 200 }
    const requests: [Partial<ProbeRequest>, string][] = [
      [{ to: 'nowhere' }, 'to: "nowhere" is not an IP address'],
      [{ to: '10.77.0.2', port: 0 }, 'port: 0 is not a whole number from 1 to 65535'],
      [{ to: '10.77.0.2', protocol: 'ICMPv6' }, 'protocol: ICMPv6 can’t go'],
      [{ to: '10.77.0.2', protocol: 255 }, 'protocol: 255 is not'],
      [{ to: '10.77.0.2', sourceIp: '10.77.0.3' }, 'EADDRNOTAVAIL'],
      [{ to: '203.0.113.9', protocol: 'SCTP' }, 'no pod or node of the lab has the address 203.0.113.9'],
    ]
    for (const [request, detail] of requests) {
      const result = await lab.probe({ to: '', ...base, ...request })
      expect(result).toMatchObject({ outcome: 'error', detail: expect.stringContaining(detail) })
    }
  })

  test('an address that nobody has is blocked', async () => {
    const common = { from: client, to: '203.0.113.9', timeoutMs: 200 }
    expect((await lab.probe({ ...common, protocol: 'TCP', port: 80 })).outcome).toBe('blocked')
    expect((await lab.probe({ ...common, protocol: 'UDP', port: 80 })).outcome).toBe('blocked')
    expect((await lab.probe({ ...common, protocol: 'ICMP' })).outcome).toBe('blocked')
  })

  test.each([
    { protocol: 'TCP' as const, port: 80, ip: 4 as const },
    { protocol: 'TCP' as const, port: 80, ip: 6 as const },
    { protocol: 'UDP' as const, port: 53, ip: 4 as const },
    { protocol: 'UDP' as const, port: 53, ip: 6 as const },
  ])(
    'an established $protocol stream over IPv$ip survives rules that deny new ones, until conntrack is flushed',
    async (kind) => {
      const request = {
        from: client,
        to: ipOf(near, kind.ip),
        protocol: kind.protocol,
        port: kind.port,
        timeoutMs: 300,
      }
      await rules(a, 'ct state established,related accept', 'accept')
      const stream = await lab.openStream(request, { intervalMs: 2 })
      expect(await stream.waitForEchoes(20, 5000)).toBe(true)

      await lab.runInNode(
        a,
        'nft',
        ['-f', '-'],
        `flush ruleset\n${forwardChain('forward', ['ct state established accept', 'drop'])}`,
      )
      const attempts = lab.openAttempts(request, { ratePerSecond: 500 })
      expect(await stream.waitForEchoes(100, 5000)).toBe(true)
      const counters = await attempts.close()
      expect(counters).toMatchObject({ reached: 0, errors: 0, blocked: counters.attempted })
      expect(counters.attempted).toBeGreaterThan(20)
      expect(stream.counters).toMatchObject({ state: 'open' })
      expect(stream.counters.longestGapMs).toBeLessThan(1000)

      await lab.flushConntrack(a)
      await stream.waitForEchoes(1, 50)
      expect(await stream.waitForEchoes(1, 300)).toBe(false)
      expect(stream.close()).toMatchObject({ state: 'closed' })
    },
  )

  test('attempts count every packet that gets through, and from when', async () => {
    const request = { from: client, to: ipOf(near, 4), protocol: 'UDP' as const, port: 53, timeoutMs: 1000 }
    await rules(a, 'drop')
    const results: ProbeResult[] = []
    const attempts = lab.openAttempts(request, {
      ratePerSecond: 1000,
      onResult: (result) => results.push(result),
    })
    const enough = { timeout: 20_000 }
    await vi.waitFor(() => expect(attempts.counters.blocked).toBeGreaterThan(100), enough)
    const liftedAt = performance.now()
    await lab.runInNode(a, 'nft', ['flush', 'ruleset'])
    const openAt = performance.now()
    await vi.waitFor(() => expect(attempts.counters.reached).toBeGreaterThan(100), enough)
    const counters = await attempts.close()
    expect(results).toHaveLength(counters.attempted)
    expect(results.filter((result) => result.outcome === 'reached' && result.startedAt < liftedAt)).toEqual(
      [],
    )
    expect(results.filter((result) => result.outcome === 'blocked' && result.startedAt > openAt)).toEqual([])
  })

  test('another process finds the lab, its pods and addresses, and probes them', async () => {
    const script = `
      import { openLab } from '@margay/lab'
      const lab = await openLab('${lab.name}', { stateDirectory: '${stateDirectory}' })
      const pods = [...lab.pods.values()]
      const requests = pods.flatMap((from) => pods.flatMap((to) => to.ips.flatMap((ip) => [
        { from, to: ip, protocol: 'TCP', port: 80 }, { from, to: ip, protocol: 'UDP', port: 53 }, { from, to: ip, protocol: 'SCTP', port: 9 } ])))
      const results = await lab.probeAll(requests)
      await lab.close()
      console.log(JSON.stringify({ pods: pods.map((pod) => pod.netns), outcomes: results.map((result) => result.outcome) }))`
    const answer = JSON.parse(await outputOf(nodeScript(script)))
    expect(answer.pods).toEqual([client.netns, near.netns, far.netns])
    expect(answer.outcomes).toEqual(Array.from({ length: 54 }, () => 'reached'))
    expect(lab.isClosed).toBe(false)
  })

  test('a command that is not there, or fails, is named', async () => {
    await expect(lab.runInNode(a, 'no-such-command')).rejects.toThrow(MissingCommandError)
    await expect(lab.runInNode(a, 'nft', ['-f', '-'], 'nonsense')).rejects.toThrow(
      /"nft -f -" failed: .*syntax error/,
    )
    await expect(lab.runInNode(a, 'sleep', ['60'], '', { timeoutMs: 100 })).rejects.toThrow(
      'not done after 100 ms',
    )
    const result = await lab.runInNode(a, 'sh', ['-c', 'cat; exit 3'], 'input', { allowFailure: true })
    expect(result).toEqual({ exitCode: 3, stdout: 'input', stderr: '' })
  })

  test('a removed pod is gone at once: its stream breaks, its names and addresses are free', async () => {
    const spec = podSpec(9, 'b')
    for (let round = 0; round < 3; round++) {
      const pod = await lab.addPod(spec)
      await lab.serve([pod], { tcp: [80] })
      const stream = await lab.openStream({ from: client, to: ipOf(pod, 4), protocol: 'TCP', port: 80 })
      expect(await stream.waitForEchoes(3, 2000)).toBe(true)
      await lab.removePod(pod)
      expect(lab.memberByIp(ipOf(pod, 4))).toBeUndefined()
      await stream.waitForEchoes(1000, 2000)
      expect(stream.counters.state).toBe('broken')
      expect(
        (await lab.probe({ from: client, to: ipOf(pod, 4), protocol: 'TCP', port: 80, timeoutMs: 200 }))
          .outcome,
      ).toBe('blocked')
    }
  })

  test('a pod from which probes are sent while it is removed can come again', async () => {
    const pod = await lab.addPod(podSpec(9, 'b'))
    const request = { from: pod, to: ipOf(client, 4), protocol: 'TCP', port: 80, timeoutMs: 50 } as const
    const attempts = lab.openAttempts(request, { ratePerSecond: 200 })
    await lab.removePod(pod)
    const again = await lab.addPod(podSpec(9, 'b'))
    await attempts.close()
    await lab.serve([again], { tcp: [80] })
    expect((await lab.probe({ from: client, to: ipOf(again, 4), protocol: 'TCP', port: 80 })).outcome).toBe(
      'reached',
    )
    await lab.removePod(again)
  })

  test('pods that can’t be made leave nothing behind', async () => {
    await lab.runInNode(b, 'ip', ['link', 'add', 'cali13', 'type', 'veth', 'peer', 'name', 'taken'])
    const namespaces = namespacesOf(lab.name)
    const routes = await lab.runInNode(a, 'ip', ['route'])
    await expect(lab.addPods([podSpec(11, 'b'), podSpec(12, 'b'), podSpec(13, 'b')])).rejects.toThrow(
      /ip link add cali13 .*File exists/,
    )
    expect(namespacesOf(lab.name)).toEqual(namespaces)
    expect((await lab.runInNode(a, 'ip', ['route'])).stdout).toBe(routes.stdout)
    expect(lab.pods.size).toBe(3)
    const pods = await lab.addPods([podSpec(11, 'b'), podSpec(12, 'a')])
    await lab.removePods(pods)
  })

  test('a node added later reaches the pods that were there', async () => {
    const late = await lab.addNode('late')
    const results = await lab.probeAll(
      [...client.ips, ...far.ips].map((to) => ({ from: late, to, protocol: 'TCP', port: 80 })),
    )
    expect(results.map((result) => result.outcome)).toEqual(['reached', 'reached', 'reached', 'reached'])
  })

  test('pods are wired as Calico does it', async () => {
    const link = await lab.runInNode(a, 'ip', ['-o', 'link', 'show', client.interfaceName])
    expect(link.stdout).toContain('ee:ee:ee:ee:ee:ee')
    const route = await lab.runInNode(client, 'ip', ['route'])
    expect(route.stdout).toContain('default via 169.254.1.1 dev eth0')
    const route6 = await lab.runInNode(client, 'ip', ['-6', 'route'])
    expect(route6.stdout).toContain('default via fe80::ecee:eeff:feee:eeee dev eth0')
    const sysctl = (name: string) =>
      lab.runInNode(a, 'cat', [`/proc/sys/net/${name}`]).then(({ stdout }) => stdout.trim())
    expect(await sysctl(`ipv4/conf/${client.interfaceName}/proxy_arp`)).toBe('1')
    expect(await sysctl(`ipv4/conf/${client.interfaceName}/rp_filter`)).toBe('1')
    expect(await sysctl(`ipv6/conf/${client.interfaceName}/accept_ra`)).toBe('0')
  })
})

describe('a lab of 100 pods', () => {
  test('comes up, is probed whole, and goes down, within seconds', async () => {
    const filesBefore = openFiles()
    const lab = await createLab({ name: labName('many'), stateDirectory })
    try {
      await lab.addNode('a')
      await lab.addNode('b')
      const specs = Array.from({ length: 100 }, (_, index) => podSpec(index + 1, index % 2 === 0 ? 'a' : 'b'))
      const [pods, upMs] = await timed(() => lab.addPods(specs))
      await lab.serve(pods, { tcp: [80], udp: [53] })
      const pairs = pods.flatMap((from) => pods.filter((to) => to !== from).map((to) => ({ from, to })))
      const requests = pairs.flatMap(({ from, to }) => [
        { from, to: ipOf(to, 4), protocol: 'TCP' as const, port: 80, timeoutMs: 3000 },
        { from, to: ipOf(to, 6), protocol: 'UDP' as const, port: 53, timeoutMs: 3000 },
      ])
      const cpuBefore = process.cpuUsage()
      const [results, probeMs] = await timed(() => lab.probeAll(requests))
      const { user, system } = process.cpuUsage(cpuBefore)
      expect(surprises(requests, results, 'reached')).toEqual([])
      const [, downMs] = await timed(() => lab.close())
      const rate = Math.round((requests.length / probeMs) * 1000)
      // While it has a processor, which others may use as well.
      const ownRate = (requests.length / (user + system)) * 1e6
      console.log(
        `100 pods up in ${ms(upMs)}; ${requests.length} probes in ${ms(probeMs)} (${rate}/s); down in ${ms(downMs)}`,
      )
      expect(upMs).toBeLessThan(15_000)
      expect(downMs).toBeLessThan(15_000)
      expect(ownRate).toBeGreaterThan(1000)
    } finally {
      await lab.close()
    }
    expect(namespacesOf(lab.name)).toEqual([])
    // One more may stay: this thread's own namespace, opened once for the way back.
    expect(openFiles() - filesBefore).toBeLessThanOrEqual(1)
  })
})

describe('the end of a lab', () => {
  const name = labName('end')
  let child: ChildProcess | undefined

  afterEach(async () => {
    child?.kill('SIGKILL')
    await removeStaleLab(name, { stateDirectory })
  })

  const startChild = async () => {
    child = nodeScript(`
      import { createLab } from '@margay/lab'
      const lab = await createLab({ name: '${name}', stateDirectory: '${stateDirectory}' })
      await lab.addNode('a')
      const pods = await lab.addPods([${JSON.stringify(podSpec(1, 'a'))}, ${JSON.stringify(podSpec(2, 'a'))}])
      await lab.serve(pods, { tcp: [80] })
      console.log('up')
      setInterval(() => {}, 1000)`)
    await once(child.stdout ?? child, 'data')
    return child
  }

  test('while its process lives nobody else may take or remove it; after a kill -9 all is removed', async () => {
    const owner = await startChild()
    expect(listLabs(stateDirectory).find((lab) => lab.name === name)).toMatchObject({
      pid: owner.pid,
      isRunning: true,
      nodeCount: 1,
      podCount: 2,
    })
    await expect(createLab({ name, stateDirectory })).rejects.toThrow(LabInUseError)
    await expect(removeStaleLab(name, { stateDirectory })).rejects.toMatchObject({ pid: owner.pid })

    owner.kill('SIGKILL')
    await once(owner, 'exit')
    expect(listLabs(stateDirectory).find((lab) => lab.name === name)).toMatchObject({ isRunning: false })
    await expect(openLab(name, { stateDirectory })).rejects.toThrow(LabNotFoundError)
    expect(namespacesOf(name)).toHaveLength(4)
    expect(await removeStaleLab(name, { stateDirectory })).toHaveLength(4)
    expect(namespacesOf(name)).toEqual([])
    expect(existsSync(join(stateDirectory, `${name}.json`))).toBe(false)
  })

  test('a kill -9 in the middle of making 150 pods leaves nothing that comes later', async () => {
    const specs = Array.from({ length: 150 }, (_, index) => podSpec(index + 1, 'a'))
    child = nodeScript(`
      import { createLab } from '@margay/lab'
      const lab = await createLab({ name: '${name}', stateDirectory: '${stateDirectory}' })
      await lab.addNode('a')
      lab.addPods(${JSON.stringify(specs)})
      console.log('making')`)
    // Some are made, and most are not.
    await vi.waitFor(() => expect(namespacesOf(name).length).toBeGreaterThan(2), {
      timeout: 30_000,
      interval: 5,
    })
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect((await removeStaleLab(name, { stateDirectory })).length).toBeGreaterThan(2)
    await sleep(500)
    expect(namespacesOf(name)).toEqual([])
  })

  test('a lab of the same name starts after a kill -9, and one with a longer name is left alone', async () => {
    const neighbour = await createLab({ name: `${name}-b`, stateDirectory })
    try {
      await neighbour.addNode('a')
      const owner = await startChild()
      owner.kill('SIGKILL')
      await once(owner, 'exit')
      const lab = await createLab({ name, stateDirectory })
      expect(namespacesOf(name)).toEqual([])
      await lab.close()
      expect(namespacesOf(neighbour.name)).toHaveLength(2)
    } finally {
      await neighbour.close()
    }
  })

  test('close removes everything while changes are under way, can be called twice, and ends all use', async () => {
    const lab = await createLab({ name, stateDirectory })
    await lab.addNode('a')
    const running = lab.addPods([podSpec(1, 'a'), podSpec(2, 'a')])
    const queued = lab.addNode('b')
    const outcomes = Promise.allSettled([running, queued])
    await Promise.all([lab.close(), lab.close()])
    const statuses = (await outcomes).map((outcome) => outcome.status)
    expect(statuses[1]).toBe('rejected')
    expect(namespacesOf(name)).toEqual([])
    expect(listLabs(stateDirectory).map((each) => each.name)).not.toContain(name)
    await expect(lab.addNode('c')).rejects.toThrow(LabClosedError)
    await expect(
      lab.probeAll([
        { from: { kind: 'node', name: 'a', ips: [], netns: 'x' }, to: '10.0.0.1', protocol: 'TCP', port: 1 },
      ]),
    ).rejects.toThrow(LabClosedError)
  })

  test('a lab whose namespaces someone else removed closes all the same', async () => {
    const lab = await createLab({ name, stateDirectory })
    const node = await lab.addNode('a')
    execFileSync('ip', ['netns', 'del', node.netns])
    await lab.close()
    expect(namespacesOf(name)).toEqual([])
  })
})

test('the root namespace is as it was', () => {
  expect(rootNamespace()).toEqual(rootBefore)
})

function podSpec(index: number, node: string) {
  const ips = [`10.77.0.${index}`, `fd77::${index.toString(16)}`]
  return { node, namespace: 'shop', name: `pod-${index}`, ips, interfaceName: `cali${index}` }
}

function ipOf(member: LabMember, version: 4 | 6): string {
  return member.ips.find((ip) => ip.includes(':') === (version === 6)) ?? ''
}

function forwardChain(hook: 'forward' | 'output', lines: readonly string[]): string {
  const header = `type filter hook ${hook} priority 0; policy accept;`
  return `table inet lab_test {\n chain ${hook} {\n  ${header}\n  ${lines.join('\n  ')}\n }\n}\n`
}

/** Readable lines for results that are not as expected. */
function surprises(
  requests: readonly ProbeRequest[],
  results: readonly ProbeResult[],
  wanted: string,
): string[] {
  return requests.flatMap((request, index) => {
    const result = results[index]
    if (result?.outcome === wanted) return []
    const { from, to, protocol, port = '', icmpType = '' } = request
    return [`${from.netns} to ${to} ${protocol} ${port}${icmpType}: ${result?.outcome}, ${result?.detail}`]
  })
}

function blockedOf<Request>(requests: readonly Request[], results: readonly ProbeResult[]): Request[] {
  return requests.filter((_, index) => results[index]?.outcome === 'blocked')
}

function namespacesOf(lab: string): string[] {
  return readdirSync('/run/netns').filter((name) => name.startsWith(`margay-${lab}.`))
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length
}

function rootNamespace(): Record<string, string> {
  const run = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: 'utf8' })
  return {
    links: run('ip', '-o', 'link'),
    rules: run('ip', 'rule'),
    routes: run('ip', 'route', 'show', 'table', 'all'),
    ruleset: run('nft', 'list', 'ruleset'),
    sysctls: run('sysctl', 'net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding', 'net.ipv4.icmp_ratelimit'),
  }
}

function nodeScript(script: string): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function outputOf(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  await once(child, 'close')
  return text
}

async function timed<Result>(work: () => Promise<Result>): Promise<[Result, number]> {
  const start = performance.now()
  const result = await work()
  return [result, performance.now() - start]
}

function ms(value: number): string {
  return `${Math.round(value)} ms`
}
