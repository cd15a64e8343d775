import { buildPolicyState, evaluate, protocols } from '@margay/policy'
import { admitAll, flowOf, smallCast } from '@margay/testkit'
import { expect, test } from 'vitest'
import { expectationOf } from '../disagreement.ts'
import { Churn, loosened } from './churn.ts'
import { SourcePorts, sourcePorts } from './source-ports.ts'
import { attemptsAt, closedPort, openPort, tcpStreams, udpStreams, versionOf } from './streams.ts'

const streams = udpStreams(smallCast)

test('both ends together say what the evaluator says of the whole, in 300 worlds that follow each other', () => {
  const churn = new Churn(smallCast, 3)
  for (let i = 0; i < 300; i++) {
    const world = admitAll(churn.next())
    const { state } = buildPolicyState(world)
    const wholes = versionOf(world, smallCast, streams).map(({ egress, ingress }) => egress && ingress)
    const packets = streams.map(({ sourceIp, destinationIp, port }) => ({
      sourceIp,
      destinationIp,
      protocol: protocols.udp,
      sourcePort: sourcePorts.first + (i % 1000),
      destinationPort: port,
    }))
    expect(wholes).toEqual(packets.map((packet) => expectationOf(state, smallCast, packet).arrives))
  }
})

test('one port is always open; another is always closed, at each end in turn, and open in the loosened world', () => {
  const churn = new Churn(smallCast, 4)
  const closedAt = new Set<string>()
  for (let i = 0; i < 100; i++) {
    const objects = churn.next()
    const of = (port: number, world = objects) =>
      versionOf(
        admitAll(world),
        smallCast,
        streams.filter((stream) => stream.port === port && isLasting(stream.name)),
      )
    for (const sides of of(openPort)) expect(sides).toEqual({ egress: true, ingress: true })
    for (const sides of of(closedPort)) closedAt.add(JSON.stringify(sides))
    for (const sides of of(closedPort, loosened(objects)))
      expect(sides).toEqual({ egress: true, ingress: true })
  }
  expect(closedAt).toEqual(new Set(['{"egress":true,"ingress":false}', '{"egress":false,"ingress":true}']))
})

function isLasting(name: string): boolean {
  return !name.includes('r3') && !name.includes('g2')
}

test('source ports of streams are all the same to policy', () => {
  const churn = new Churn(smallCast, 5)
  const all = [...streams, ...tcpStreams(smallCast)]
  for (let i = 0; i < 100; i++) {
    const { state } = buildPolicyState(admitAll(churn.next()))
    const verdicts = (sourcePort: number) =>
      all.map(({ sourceIp, destinationIp, port, protocol }) => {
        const number = protocol === 'TCP' ? protocols.tcp : protocols.udp
        const packet = { sourceIp, destinationIp, protocol: number, sourcePort, destinationPort: port }
        return evaluate(state, flowOf(state, packet)).verdict
      })
    expect(verdicts(sourcePorts.last)).toEqual(verdicts(sourcePorts.first))
  }
})

// MARGAY_SEED=1622481921: connections came from all ports from 2048, where a rule of its worlds names source ports up to 9000.
test('what asks for connections goes round the source ports by which versions are judged', () => {
  const [stream] = tcpStreams(smallCast)
  if (stream === undefined) throw new Error('no stream')
  const next = attemptsAt(stream, { kind: 'node', name: 'a', ips: [], netns: 'n' }, new SourcePorts())
  const taken = new Set(Array.from({ length: 100_000 }, () => next().sourcePort ?? 0))
  expect([taken.size, Math.min(...taken), Math.max(...taken)]).toEqual([40_000, 20_000, 59_999])
})
