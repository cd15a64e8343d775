import { StateBuilder, evaluate } from '@margay/policy'
import { admitAll, smallCast, flowOf } from '@margay/testkit'
import type { Resource } from '@margay/resources'
import { parseIp } from '@margay/netset'
import { expect, test } from 'vitest'
import { Churn } from '../../../../tests/kernel/leak/churn.ts'
import { udpStreams, tcpStreams } from '../../../../tests/kernel/leak/streams.ts'
import { interpret } from '../interpret/interpret.testkit.ts'
import { Compiler } from './compile.ts'
import { defaultCompileOptions } from './options.ts'
import * as bytes from '../emit/bytes.ts'
test('churn', () => {
  const churn = new Churn(smallCast, 5)
  const streams = [...udpStreams(smallCast), ...tcpStreams(smallCast)]
  const nodes = smallCast.nodes.map(({ name }) => ({ name, builder: new StateBuilder(), compiler: new Compiler(defaultCompileOptions) }))
  let known = new Map<string, Resource>()
  let wrong = 0
  let prev: any[] = []
  for (let i = 0; i < 780; i++) {
    let objects = churn.next()
    if (Math.floor(i / 23) % 2) objects = objects.filter((o) => !(o.kind === 'Pod' && o.metadata.name === 'g2'))
    const next = new Map<string, Resource>()
    for (const o of objects) { const t = JSON.stringify(o); const [a] = known.has(t) ? [known.get(t)] : admitAll([o]); if (a) next.set(t, a) }
    if (i >= 776) { const names = (l: any[]) => new Map(l.map((o) => [o.kind + '/' + o.metadata.name, JSON.stringify(o)])); const [a, b] = [names(prev), names(objects)]; for (const [k, v] of b) if (a.get(k) !== v) console.log(i, 'change', k, a.get(k), '->', v); for (const k of a.keys()) if (!b.has(k)) console.log(i, 'gone', k) }
    prev = objects
    known = next
    for (const n of nodes) {
      const { state, delta } = n.builder.build([...known.values()])
      n.compiler.update(state, delta, { name: n.name, interfaces: [], linkLocals: new Map() })
      const inet = n.compiler.ruleset()[0]!
      for (const s of streams) {
        const p = { sourceIp: s.sourceIp, destinationIp: s.destinationIp, protocol: s.protocol === 'TCP' ? 6 : 17, sourcePort: 33333, destinationPort: s.port }
        const d = evaluate(state, flowOf(state, p as any))
        const [src, dst] = [parseIp(s.sourceIp)!, parseIp(s.destinationIp)!]
        const [from, to] = [state.peerAt(src).endpoint, state.peerAt(dst).endpoint]
        const lead = new Uint8Array(src.version === 4 ? 12 : 8)
        const base = { version: src.version, network: bytes.concat(lead, bytes.address(src), bytes.address(dst)), protocol: p.protocol, transport: Uint8Array.of(33333 >> 8, 33333 & 255, s.port >> 8, s.port & 255) }
        const want = (x: any) => x === undefined ? 'Allow' : x.trace.at(-1) === undefined ? 'Allow' : x.verdict
        const ask = (iif: string, oif: string) => interpret(inet, 'forward', { ...base, iifname: iif, oifname: oif } as any)
        if (from?.node === n.name && to?.node !== n.name) { const o = ask(from.interfaceName, 'eth0'); if ((o.verdict === 'accept') !== (d.egress?.verdict !== 'Deny')) { wrong++; console.log(i, n.name, 'egress', s.name, o, JSON.stringify(d.egress?.trace?.at(-1), (k, v) => typeof v === 'bigint' ? '' : v).slice(0, 200)) } }
        if (to?.node === n.name && from?.node !== n.name) { const o = ask('eth0', to.interfaceName); const di = evaluate(state, flowOf(state, p as any)); const ev = di.ingress?.verdict ?? (di.egress?.verdict === 'Deny' ? undefined : 'Allow'); if (ev !== undefined && (o.verdict === 'accept') !== (ev !== 'Deny')) { wrong++; console.log(i, n.name, 'ingress', s.name, o, ev) } }
        if (to?.node === n.name && from?.node === n.name) { const o = ask(from.interfaceName, to.interfaceName); if ((o.verdict === 'accept') !== (d.verdict === 'Allow')) { wrong++; console.log(i, n.name, 'both', s.name, o, d.verdict) } }
      }
      if (i % 3 === 0) n.compiler.tidy()
    }
    if (i === 778) { const c = nodes[0]!.compiler.ruleset()[0]!; const pod = [...nodes[0]!.builder.build([...known.values()]).state.endpoints.values()]; for (const e of pod) console.log(e.key, e.node, e.interfaceName, JSON.stringify([...e.labels])); console.log(JSON.stringify(objects.filter((o: any) => o.metadata.name === 'a-b'), null, 1)) }
    if (wrong > 5) break
  }
  expect(wrong).toBe(0)
}, 500000)
